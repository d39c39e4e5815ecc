/** The part of the browser's Trusted Types that this page uses; older browsers have none. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: { createHTML(text: string): string | null }): unknown;
}

declare global {
  var trustedTypes: TrustedTypes | undefined;
}

/**
 * Makes the browser refuse to turn text into HTML: the server's Content-Security-Policy requires a
 * policy for that and permits this one alone. ECharts clears its own elements with an empty text.
 */
export function letNoTextBecomeHtml(): void {
  globalThis.trustedTypes?.createPolicy('default', { createHTML: (text) => (text === '' ? text : null) });
}
