/** Why an import cannot begin or continue, in words for its user. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}
