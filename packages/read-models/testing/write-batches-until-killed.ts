/** For the crash test: writes a made-up log batch by batch, and announces each step before it. */

import { openReadModels } from '../src/read-models.ts';
import { madeUpBatch } from './row-fixtures.ts';

const [url, generation, end, size] = process.argv.slice(2) as [string, string, string, string];
const readModels = await openReadModels(url);
let { position } = await readModels.resume(Number(generation));
console.log(`resumed ${position}`);
const underWay: Promise<void>[] = [];
while (position < BigInt(end)) {
  const next = position + BigInt(size);
  const batch = madeUpBatch(position, next < BigInt(end) ? next : BigInt(end));
  if (underWay.length === 2) await underWay.shift();
  console.log(`writing ${batch.upTo}`);
  underWay.push(readModels.writeBatch(Number(generation), batch));
  position = batch.upTo;
}
await Promise.all(underWay);
await readModels.close();
console.log('done');
