import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { NEEDS, type NeedName } from './needs.ts';

/**
 * Answers all test files of a run which programs this machine can run. At the end of the run it
 * prints what was skipped and how to get it.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const answers = new Map<NeedName, Promise<string | null>>();
  const server = createServer((request, response) => {
    const need = request.url?.slice(1) as NeedName;
    if (!answers.has(need)) answers.set(need, NEEDS[need].whyMissing());
    answers.get(need)?.then(
      (reason) => response.end(JSON.stringify({ reason })),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('serversHereAt', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    for (const [need, answer] of answers) {
      const reason = await answer.catch(() => null);
      if (reason !== null) console.log(`skipped: ${NEEDS[need].name} (${reason}). To run them: ${NEEDS[need].get}.`);
    }
  };
}
