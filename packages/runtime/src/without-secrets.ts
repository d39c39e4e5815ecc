/** URLs whose remainder is a local path: it names no server and holds no password. */
const OF_FILES = /^(?:sqlite|chdb):/;
const SCHEME = /^[a-z][a-z\d+.-]*:(?:\/\/)?/i;
const HOST = /(?:[\w.-]*|\[[\da-f:.]+\])(?::\d*)?/i.source;
const HOSTS = new RegExp(`^${HOST}(?:,${HOST})*$`, 'i');

/**
 * The value of a setting without user, password and parameters, even if the URL is malformed. A
 * password may hold any character, so everything before the last `@` counts as one; all is hidden
 * if that `@` may belong to a parameter, or if no server follows it.
 */
export function urlWithoutSecrets(url: string): string {
  if (OF_FILES.test(url)) return url;
  const scheme = SCHEME.exec(url)?.[0] ?? '';
  const at = url.lastIndexOf('@');
  if (at === -1 && !scheme.endsWith('//')) return url;
  const shown = withoutParameters(url.slice(at === -1 ? scheme.length : at + 1));
  const isServer = HOSTS.test(/^[^/?]*/.exec(shown)![0]) && !/[?#]/.test(url.slice(0, Math.max(at, 0)));
  if (!isServer) return `${scheme}***`;
  return at === -1 ? `${scheme}${shown}` : `${scheme}***@${shown}`;
}

function withoutParameters(text: string): string {
  const end = text.search(/[?#]/);
  return end === -1 ? text : `${text.slice(0, end)}?***`;
}

/**
 * Matches from `://` to the last `@` before a blank or the end of a JSON string (quotes in it are
 * escaped). `file:` URLs are excluded: stack traces contain package paths with `@`.
 */
const USER_AND_PASSWORD = /(?<!\bfile):\/\/(?:[^\s"\\]|\\[^nrt])*@/g;

/** Removes user and password from all URLs in a text or a JSON line. */
export function textWithoutSecrets(text: string): string {
  return text.includes('@') ? text.replace(USER_AND_PASSWORD, '://***@') : text;
}
