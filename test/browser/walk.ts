import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { drawn, fits } from './drawn.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';

/** Begins of the addresses that are walked, while one works on a page; all unless it is set. */
const only = process.env.DASHBOARD_PATHS?.split(',');

/** Every page of the dashboard, with a selection where it has one. */
const PATHS = [
  '/',
  '/?wall',
  '/journeys?attribute.plan=gold&touchpoint=42',
  '/journeys?view=map&type=order',
  '/journeys?view=funnel&type=order',
  '/journeys?view=paths&type=order',
  '/journeys?view=paths&type=order&shape=map',
  '/journeys?view=variants&type=order',
  '/journeys?view=durations&type=order',
  '/journeys?view=funnel&type=order&against=before',
  '/customers',
  '/customers?list=worklist&type=order',
  '/customers?list=moves',
  '/customers?list=stages',
  '/customers?list=retention',
  '/customers?list=stays',
  '/customers?list=cohort&cohort=1M&start=2026-01-01T00:00:00.000Z&k=1',
  '/touchpoints',
  '/touchpoints?last=P1D&stage=none',
  '/touchpoints?view=objectives',
  '/touchpoints?view=objectives&edit=objective&name=payment',
  '/touchpoints?view=objectives&edit=heartbeat',
  '/touchpoints?view=alerts',
  '/touchpoints?view=live',
  '/touchpoints?view=moments&failed=true',
  '/promises',
  '/promises?view=complaints&severity=high',
  '/promises?view=keeping',
  '/promises?view=keeping&by=time',
  '/promises?view=answering',
  '/promises?view=recovery',
  '/drivers',
  '/drivers?view=importance',
  '/drivers?view=rater&by=touchpoint',
  '/drivers?view=gaps',
  '/drivers?view=index',
  '/drivers?view=benchmarks',
  '/journeys/order-19221',
  '/customers/maren.holm',
  '/definitions',
  '/definitions?view=edit&of=order',
  '/definitions?view=trial',
  '/definitions?view=compare&of=order&version=3',
  '/system',
  '/system?view=events',
  '/system?view=events&list=rejected',
  '/system?view=checks',
  '/system?view=access',
  '/nothing',
];

/** Both languages, each with how the title of a page looks in it. */
export const LANGUAGES = { 'en-GB': /^[\s\S]*Touchstone$/, 'zh-CN': /\p{Script=Han}/u } as const;

/** A desk, a tablet and a phone, in CSS pixels. */
const WIDTHS = [1440, 768, 390];

/** Folder that gets a picture of every page, if it is set. */
const pictures = process.env.DASHBOARD_PICTURES;

/** The page of a browser, by what each of the two drivers can do. */
export interface WalkedPage {
  goto(path: string): Promise<unknown>;
  /** Runs an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  resize(width: number): Promise<unknown>;
  press(key: 'Tab'): Promise<unknown>;
  picture(file: string): Promise<unknown>;
}

export interface Walk {
  readonly title: RegExp;
  /** Whether the key Tab must come to everything, which takes seconds a page. */
  readonly isByKeyboard: boolean;
  /** Part of the pictures' names. */
  readonly name: string;
  /** Called with each page at each width, once it is found to be sound. */
  readonly look?: (path: string, width: number) => Promise<unknown>;
}

/**
 * Opens every page and expects that it is drawn, has a title in the language, fits every width, has
 * no fault by the rules of axe, and, if asked, that the keyboard alone reaches everything.
 */
export async function walkEveryPage(page: WalkedPage, { title, isByKeyboard, name, look }: Walk): Promise<void> {
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  for (const path of PATHS.filter((each) => only?.some((begin) => each.startsWith(begin)) ?? true)) {
    await page.resize(WIDTHS[0]!);
    await page.goto(path);
    await drawn(page, path);
    expect(await page.evaluate('document.title')).toMatch(title);
    expect({ path, broken: await page.evaluate(brokenNotices) }).toEqual({ path, broken: [] });
    if (isByKeyboard) expect({ path, unreached: await unreachedByKeyboard(page) }).toEqual({ path, unreached: [] });
    // Sticky parts stand where they begin, in pictures of the whole page too.
    await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)');
    for (const width of WIDTHS) {
      await page.resize(width);
      await fits(page, `${path} at ${width}`);
      expect({ path, width, faults: await faultsForEveryone(page) }).toEqual({ path, width, faults: [] });
      await look?.(path, width);
      const file = `${path.replace(/\W+/g, '-')}-${width}-${name}.png`;
      if (pictures !== undefined) await page.picture(join(pictures, file));
    }
  }
}

/** A page that broke has a notice that is sound by every rule. */
const brokenNotices = `[...document.querySelectorAll('main [role=alert] pre')].map(({ textContent }) => textContent)`;

/** Everything that one can click or type into, and that the key Tab did not come to. */
async function unreachedByKeyboard(page: WalkedPage): Promise<unknown> {
  const count = Number(await page.evaluate(markReachable));
  const rounds = count + 30;
  for (let pressed = 0; pressed < rounds; pressed++) {
    await page.press('Tab');
    if ((await page.evaluate(noteFocus)) === 0) break;
  }
  return page.evaluate(
    `[...globalThis.unreached].filter((element) => element.isConnected).map((element) => element.outerHTML.slice(0, 160))`,
  );
}

/**
 * Runs in the page. The browser reaches one radio button of a group, and arrows the others;
 * elements with a negative tabindex belong to a group in the same way.
 */
const markReachable = `(() => {
  const able = 'a[href], button:not([disabled]), input:not([disabled], [type=radio], [type=hidden]), select, textarea, summary, [tabindex="0"]';
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  globalThis.unreached = new Set([...document.querySelectorAll(able)].filter((element) => element.tabIndex >= 0 && seen(element)));
  document.activeElement?.blur?.();
  return globalThis.unreached.size;
})()`;

/** Runs in the page, and gives how many elements are still to be reached. */
const noteFocus = `(() => {
  globalThis.unreached.delete(document.activeElement);
  return [...globalThis.unreached].filter((element) => element.isConnected).length;
})()`;
