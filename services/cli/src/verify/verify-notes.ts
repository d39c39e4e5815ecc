import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogReader, logProgressSchema, NOTHING_READ } from '@touchstone/event-store';
import { z } from 'zod';
import { foundSchema } from './differences.ts';

/** Notes of another format begin anew. */
const FORMAT = 1;

const notesSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the rows that are held to the log too. */
  generation: z.number().nullable(),
  /** Which log, and what was read of it last: nothing is gone on with of another, or of one that was put back. */
  log: z.string(),
  proof: z.string().nullable(),
  /** The log is read up to here, where it ended when the run began. */
  upTo: z.coerce.bigint(),
  read: logProgressSchema,
  isRead: z.boolean(),
  /** Bytes of the parts on the disk. */
  identities: z.array(z.number()),
  customers: z.array(z.number()),
  /** The next part of the identities, and of the customers. */
  identityPart: z.number(),
  customerPart: z.number(),
  /** The last customer of the rows of whom it is known whether the log has them. */
  rowsUpTo: z.string(),
  /** Customers held to the log, and those of whom nothing could be said. */
  held: z.number(),
  passedOver: z.number(),
  found: foundSchema,
});

/** How far a verification came, and what it found. */
export type VerifyNotes = z.output<typeof notesSchema>;

export interface VerifyFolder {
  readonly path: string;
  read(): VerifyNotes | undefined;
  write(notes: VerifyNotes): void;
  /** Nothing is left of the run. */
  remove(): void;
}

/** What a run that is gone on with needs: the notes, and the parts that they tell of. */
export function verifyFolder(path: string): VerifyFolder {
  const file = join(path, 'verify.json');
  return {
    path,
    read() {
      try {
        return notesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      } catch {
        return undefined;
      }
    },
    write(notes) {
      mkdirSync(path, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(notes, bigintsAsText));
      renameSync(`${file}.new`, file);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export const bigintsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

export async function newNotes(reader: LogReader, generation: number | null): Promise<VerifyNotes> {
  return {
    format: FORMAT,
    generation,
    log: await reader.identity(),
    proof: null,
    upTo: await reader.head(),
    read: NOTHING_READ,
    isRead: false,
    identities: [],
    customers: [],
    identityPart: 0,
    customerPart: 0,
    rowsUpTo: '',
    held: 0,
    passedOver: 0,
    found: { count: 0, named: [] },
  };
}

/** Whether the log still is the one that was read, up to where it was. */
export async function isOfThisLog({ log, proof, upTo }: VerifyNotes, reader: LogReader): Promise<boolean> {
  if (log !== (await reader.identity()) || upTo > (await reader.head())) return false;
  return proof === null || reader.holds(proof);
}
