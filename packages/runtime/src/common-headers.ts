/** Fits a dashboard that loads everything from this server; its charts set inline styles. */
export const COMMON_HEADERS = {
  // Sent with uncompressed answers too: a cache must not serve one reader an encoding that only
  // another accepts.
  vary: 'accept-encoding',
  'content-security-policy':
    "default-src 'self'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
