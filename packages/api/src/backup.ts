import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const downloadBackup = endpoint({
  id: 'downloadBackup',
  method: 'GET',
  path: '/v1/backup',
  tag: 'Running',
  summary: 'A copy of the log as it is now, while publishing goes on',
  description:
    'The events, rejections and counts of the log; the read model is rebuilt from them. `touchstone restore` takes the file. The header `touchstone-position` is the position of its last event. Where the log is in EventStoreDB, 501: its own backup is to be used.',
  scope: 'admin',
  waits: 'never',
  query: z.strictObject({}),
  answer: z.string().meta({ format: 'binary' }),
  answerType: 'application/vnd.sqlite3',
  problems: [409, 501],
});
