/** For a dashboard that takes everything from here; its charts set styles inline. */
export const COMMON_HEADERS = {
  // Said of what is too small to be compressed too: a cache must not give one reader what another accepts.
  vary: 'accept-encoding',
  'content-security-policy':
    "default-src 'self'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
