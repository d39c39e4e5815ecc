/** What goes on after it is a path of this machine, not a server that asks for a password. */
const OF_FILES = /^(?:sqlite|chdb):/;
const SCHEME = /^[a-z][a-z\d+.-]*:(?:\/\/)?/i;
const HOST = /(?:[\w.-]*|\[[\da-f:.]+\])(?::\d*)?/i.source;
const HOSTS = new RegExp(`^${HOST}(?:,${HOST})*$`, 'i');

/**
 * The value of a setting as it may be shown: of a URL, right or wrong, neither user and password nor its parameters. A password holds whatever its owner
 * typed, so everything before the last `@` counts as one; where that may be one of a parameter, or what follows is no server, all of it does.
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

/** From `://` to the last `@` before a blank or the end of a JSON string; in it a quote is escaped. Stacks name files of packages, whose paths hold `@`. */
const USER_AND_PASSWORD = /(?<!\bfile):\/\/(?:[^\s"\\]|\\[^nrt])*@/g;

/** Running text, or a line of JSON, without the users and passwords of the URLs in it. */
export function textWithoutSecrets(text: string): string {
  return text.includes('@') ? text.replace(USER_AND_PASSWORD, '://***@') : text;
}
