import { expect, test } from 'vitest';
import { withoutFormulas } from './without-formulas.ts';

test.each([
  ['"=1+1"', '"\'=1+1"'],
  ['"a","-b"\r\n"@c",-3\r\n', '"a","\'-b"\r\n"\'@c",-3\r\n'],
  ['"say ""=x"", then","ok"', '"say ""=x"", then","ok"'],
  ['"two\n=lines","\t"', '"two\n=lines","\'\t"'],
  ['"""=q"""', '"""=q"""'],
  ['', ''],
])('%j becomes %j', (given, expected) => {
  expect(withoutFormulas(Buffer.from(given)).toString()).toBe(expected);
});
