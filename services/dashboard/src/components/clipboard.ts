/** False on a page that is read neither from this machine nor by TLS: it has no clipboard. */
export const hasClipboard = (): boolean => navigator.clipboard !== undefined;

/** False where the browser denies the clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
