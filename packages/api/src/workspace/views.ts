import { z } from 'zod';
import { nameInPath } from '../alerts/versions.ts';
import { endpoint } from '../endpoint.ts';
import { instant } from '../fields.ts';
import { noParameters } from '../parameters.ts';

/** Characters of the address of a view. */
export const VIEW_ADDRESS_MAX = 4_000;

/** A page with its selection, kept under a name. */
export const viewSchema = z
  .strictObject({
    title: z.string().min(1).max(200),
    address: z
      .string()
      .max(VIEW_ADDRESS_MAX)
      .regex(
        /^\/(?:[A-Za-z0-9_.~%?&=+,:;@!$'()*-][A-Za-z0-9_.~%?&=+,:;@!$'()*/-]*)?$/,
        'must be a path of this site and its query, as the address bar shows them',
      )
      .describe('Path and query of the page'),
  })
  .meta({
    id: 'View',
    examples: [{ title: 'Orders on the app', address: '/journeys?type=order&channel=app' }],
  });
export type View = z.output<typeof viewSchema>;

const savedView = z.strictObject({ name: z.string(), putAt: instant, view: viewSchema }).meta({ id: 'SavedView' });

export const listViews = endpoint({
  id: 'listViews',
  method: 'GET',
  path: '/v1/views',
  tag: 'Workspace',
  summary: 'The saved views, by name',
  scope: 'read',
  waits: 'nothing',
  query: noParameters,
  answer: z.strictObject({ items: z.array(savedView) }).meta({ id: 'Views' }),
});

export const putView = endpoint({
  id: 'putView',
  method: 'PUT',
  path: '/v1/views/:name',
  tag: 'Workspace',
  summary: 'Save a view for everybody, or replace it',
  description:
    'Kept in the log, so that it is copied and restored with it. One equal to the saved one changes nothing.',
  scope: 'read',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: viewSchema,
  answer: savedView,
  problems: [422],
});

export const deleteView = endpoint({
  id: 'deleteView',
  method: 'DELETE',
  path: '/v1/views/:name',
  tag: 'Workspace',
  summary: 'Remove a saved view',
  scope: 'read',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  answer: savedView,
  answerMeaning: 'The view that was removed',
  problems: [404],
});
