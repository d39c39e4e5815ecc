/** Why an import cannot begin or go on, in words for who runs it. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}
