/** Fits a page that loads everything from this server and sets inline styles. */
export const PAGE_POLICY =
  "default-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * The policies under which a page may turn text into HTML or code, which the browser refuses
 * otherwise. The dashboard makes one named `default`; a page of another kind sends
 * {@link PAGE_POLICY} alone.
 */
const TEXT_STAYS_TEXT = "require-trusted-types-for 'script'; trusted-types default";

export const COMMON_HEADERS = {
  // Sent with uncompressed answers too: a cache must not serve one reader an encoding that only
  // another accepts.
  vary: 'accept-encoding',
  'content-security-policy': `${PAGE_POLICY}; ${TEXT_STAYS_TEXT}`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
