import { sqliteEventStore } from '/work/main/packages/event-store/src/index.ts';
import { sampleEvents, toAppend } from '/work/main/test/load/sample-events.ts';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
const dir = mkdtempSync('/tmp/esx-');
const ev = sampleEvents(400000).map(toAppend);
let s = await sqliteEventStore({ file: dir + '/log.db' });
for (let r = 0; r < 2; r++) { const t = performance.now(); let acc = 0;
for (let i = 0; i < ev.length; i += 500) { const x = await s.append(ev.slice(i, i + 500)); acc += x.verdicts.filter(v => v === (r ? 'duplicate' : 'accepted')).length; }
console.log(acc, ev.length * 1000 / (performance.now() - t)); }
console.log(await s.counts(), await s.head(), await s.greatestTime());
{ const t = performance.now(); let n = 0; for await (const p of s.readAll()) for (const e of p) { n++; JSON.parse(e.body); } console.log('replay', n, n * 1000 / (performance.now() - t)); }
{ const t = performance.now(); for (let i = 0; i < ev.length; i++) JSON.parse(ev[i].body); console.log('parse', ev.length * 1000 / (performance.now() - t)); }
const names = [...new Set(ev.map(e => e.stream))]; { const t = performance.now(); let n = 0; for (const x of names.slice(0, 3000)) n += (await s.readStream(x)).length; console.log('streams/s', 3000e3 / (performance.now() - t), n / 3000); }
{ let n = 0; for (const x of names) n += (await s.readStream(x)).length; console.log(n); }
await s.close(); console.log(statSync(dir + '/log.db').size / ev.length);
{ const t = performance.now(); s = await sqliteEventStore({ file: dir + '/log.db' }); console.log('open ms', performance.now() - t); }
console.log(await s.counts(), await s.head(), await s.greatestTime(), process.memoryUsage().rss/1e6);
await s.close(); console.log(dir)
