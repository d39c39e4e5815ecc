import { z } from 'zod';
import { nameInPath } from '../alerts/versions.ts';
import { endpoint } from '../endpoint.ts';
import { instant } from '../fields.ts';
import { instantParameter, noParameters } from '../parameters.ts';

/** A mark on every time axis. */
export const annotationSchema = z
  .strictObject({ at: instantParameter, text: z.string().min(1).max(200) })
  .meta({ id: 'NewAnnotation', examples: [{ at: '2026-03-01T09:30:00.000Z', text: 'release 4.2' }] });
export type Annotation = z.output<typeof annotationSchema>;

const kept = z.strictObject({ name: z.string(), at: instant, text: z.string() }).meta({ id: 'Annotation' });

export const listAnnotations = endpoint({
  id: 'listAnnotations',
  method: 'GET',
  path: '/v1/annotations',
  tag: 'Workspace',
  summary: 'What happened when: marks for every time axis',
  description:
    'The annotations that people put, the earliest first; and each version of a definition, at the time at which it was put.',
  scope: 'read',
  waits: 'nothing',
  query: z.strictObject({
    from: instantParameter.describe('At or after').optional(),
    to: instantParameter.describe('Before').optional(),
  }),
  answer: z
    .strictObject({
      items: z.array(kept),
      definitions: z.array(
        z
          .strictObject({ type: z.string(), version: z.number().int().positive(), at: instant })
          .meta({ id: 'DefinitionMark' }),
      ),
    })
    .meta({ id: 'Annotations' }),
});

export const putAnnotation = endpoint({
  id: 'putAnnotation',
  method: 'PUT',
  path: '/v1/annotations/:name',
  tag: 'Workspace',
  summary: 'Put a mark on every time axis, or replace it',
  description: 'A deployment may put its own, such as `release-4.2`. Kept in the log.',
  scope: 'read',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: annotationSchema,
  answer: kept,
  problems: [422],
});

export const deleteAnnotation = endpoint({
  id: 'deleteAnnotation',
  method: 'DELETE',
  path: '/v1/annotations/:name',
  tag: 'Workspace',
  summary: 'Remove a mark',
  scope: 'read',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  answer: kept,
  answerMeaning: 'The mark that was removed',
  problems: [404],
});
