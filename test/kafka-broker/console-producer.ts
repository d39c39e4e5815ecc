import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { kafkaClassPath } from './kafka-jars.ts';

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/**
 * Sends lines with Apache Kafka's own console producer, like a service written in Java. A line is
 * `headers TAB key TAB value` with headers as `name=value,name=value`; `\N` means null in each of
 * the three places.
 */
export async function consoleProduce(
  url: string,
  topic: string,
  codec: Codec,
  lines: readonly string[],
): Promise<void> {
  const options = [
    ['--bootstrap-server', new URL(url).host],
    ['--topic', topic],
    ['--compression-codec', codec],
    // Few large batches, so that a codec meets frames of more than one block.
    ['--batch-size', '900000'],
    ['--timeout', '500'],
    ...['parse.headers=true', 'headers.key.separator==', 'parse.key=true', 'null.marker=\\N'].map((property) => [
      '--reader-property',
      property,
    ]),
  ].flat();
  const java = spawn(
    'java',
    ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', await kafkaClassPath()].concat(
      'org.apache.kafka.tools.ConsoleProducer',
      options,
    ),
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let complaints = '';
  java.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const exited = once(java, 'exit');
  java.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [code] = await exited;
  if (code !== 0 || complaints.includes('ERROR')) throw new Error(`the console producer failed:\n${complaints}`);
}
