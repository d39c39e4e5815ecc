export * from './definitions.ts';
export * from './events.ts';
export { normalised, type Rating, ratingFault } from './fields.ts';
export * from './instant.ts';
export * from './policy.ts';
