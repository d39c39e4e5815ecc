import { BASE_PATH } from '../data/ask.ts';

/** The part of the browser's Trusted Types that this page uses; older browsers have none. */
interface TrustedTypes {
  createPolicy(
    name: 'default',
    rules: { createHTML(text: string): string | null; createScriptURL(url: string): string | null },
  ): unknown;
}

declare global {
  var trustedTypes: TrustedTypes | undefined;
}

/**
 * Makes the browser refuse to turn text into HTML: the server's policy asks for these rules, and
 * permits them alone. ECharts clears its elements with an empty text; a worker is a built file.
 */
export function letNoTextBecomeHtml(): void {
  globalThis.trustedTypes?.createPolicy('default', {
    createHTML: (text) => (text === '' ? text : null),
    createScriptURL: (url) => (isBuilt(new URL(url, location.href)) ? url : null),
  });
}

const isBuilt = ({ origin, pathname }: URL): boolean =>
  origin === location.origin && pathname.startsWith(`${BASE_PATH}/assets/`);
