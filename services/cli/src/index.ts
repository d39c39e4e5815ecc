export { type ImportOptions, type ImportSummary, importFile, type Publish } from './import/import-file.ts';
export { type Mapping, readMapping } from './import/mapping.ts';
