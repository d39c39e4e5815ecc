export { loadDefinitions } from './load-definitions.ts';
export { type Standalone, startStandalone } from './standalone.ts';
