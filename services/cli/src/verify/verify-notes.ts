import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogReader, logProgressSchema, NOTHING_READ } from '@touchstone/event-store';
import { z } from 'zod';
import { foundSchema } from './differences.ts';

/** Notes of another format are discarded. */
const FORMAT = 1;

const notesSchema = z.object({
  format: z.literal(FORMAT),
  /** Generation of the rows that are compared with the log. */
  generation: z.number().nullable(),
  /**
   * Identity of the log and proof of its last read event: a run on another or a restored log does
   * not resume.
   */
  log: z.string(),
  proof: z.string().nullable(),
  /** Position up to which the log is read: where it ended when the run began. */
  upTo: z.coerce.bigint(),
  read: logProgressSchema,
  isRead: z.boolean(),
  /** Lengths in bytes of the parts on disk. */
  identities: z.array(z.number()),
  customers: z.array(z.number()),
  /** Next part of the identities, and of the customers. */
  identityPart: z.number(),
  customerPart: z.number(),
  /** Last customer of the rows who was looked up in the log. */
  rowsUpTo: z.string(),
  /** Customers compared with the log, and customers about whom nothing could be said. */
  held: z.number(),
  passedOver: z.number(),
  found: foundSchema,
});

/** Progress and findings of a verification. */
export type VerifyNotes = z.output<typeof notesSchema>;

export interface VerifyFolder {
  readonly path: string;
  read(): VerifyNotes | undefined;
  write(notes: VerifyNotes): void;
  /** Deletes everything of the run. */
  remove(): void;
}

/** The files that resuming needs: the notes, and the parts that they refer to. */
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

/** Whether the log is still the one that was read, up to the position reached. */
export async function isOfThisLog({ log, proof, upTo }: VerifyNotes, reader: LogReader): Promise<boolean> {
  if (log !== (await reader.identity()) || upTo > (await reader.head())) return false;
  return proof === null || reader.holds(proof);
}
