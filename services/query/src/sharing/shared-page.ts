import { createHash } from 'node:crypto';
import type { JourneyProgress, ProgressStep } from '@touchstone/journey';
import type { AskedLanguage } from './asked-language.ts';
import { PAGE_STYLE } from './page-style.ts';
import { pageWords } from './page-words.ts';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');

/** Headers of every page for customers: nothing runs, nothing is loaded, kept or found. */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  vary: 'accept-encoding, accept-language',
} as const;

/** Time at which a page is written, and until which its link is in force, ms; and their zone. */
interface Written {
  readonly now: number;
  readonly until: number;
  readonly timeZone: string;
}

/** The page of a journey as HTML. It says what {@link JourneyProgress} holds, and nothing else. */
export function progressPage(progress: JourneyProgress, asked: AskedLanguage, written: Written): string {
  const words = pageWords[asked.language];
  const title = progress.title ?? words.untitled;
  const at = timesOf(asked.locale, written.timeZone);
  const { status, endedAt, steps } = progress;
  const day = endedAt === null ? '' : at.day(endedAt);
  const state = { open: words.open, completed: words.completed(day), abandoned: words.abandoned(day) }[status];
  const listed = steps.map((step) => stepItem(step, asked, at)).join('');
  const list = listed === '' ? `<p>${words.nothing}</p>` : `<ol aria-label="${words.steps}">${listed}</ol>`;
  return page(
    asked,
    title,
    `<header class="${status}"><h1>${text(title)}</h1><p class="status">${text(state)}</p></header>
<main>${list}</main>
<footer><p>${text(words.asOf(at.minute(written.now), at.minute(written.until)))}</p></footer>`,
  );
}

/** The page of an address that is not answered, one and the same whatever the reason. */
export function refusalPage(kind: 'missing' | 'away', asked: AskedLanguage): string {
  const { title, text: sentence } = pageWords[asked.language][kind];
  return page(asked, title, `<main class="refusal"><h1>${title}</h1><p>${sentence}</p></main>`);
}

function stepItem({ title, state, doneAt, dueAt, isLate }: ProgressStep, asked: AskedLanguage, at: Times): string {
  const words = pageWords[asked.language];
  const when =
    doneAt !== null
      ? words.doneAt(at.day(doneAt))
      : dueAt === null
        ? ''
        : (isLate ? words.lateSince : words.dueBy)(at.minute(dueAt));
  const line = when === '' ? '' : `<p class="when">${text(when)}</p>`;
  // The date of a step that is done says so already.
  const mark = state === 'done' ? '' : `<span class="state">${words[state]}</span>`;
  const current = state === 'next' ? ' aria-current="step"' : '';
  return `<li class="${state}${isLate ? ' late' : ''}"${current}><div><h2>${text(title)}</h2>${mark}${line}</div></li>`;
}

type Times = ReturnType<typeof timesOf>;

function timesOf(locale: string, timeZone: string) {
  const day = { year: 'numeric', month: 'long', day: 'numeric', timeZone } as const;
  const minute = { ...day, weekday: 'long', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const;
  return {
    day: (time: number) => new Intl.DateTimeFormat(locale, day).format(time),
    minute: (time: number) => new Intl.DateTimeFormat(locale, minute).format(time),
  };
}

function page({ language }: AskedLanguage, title: string, body: string): string {
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow, noarchive">
<title>${text(title)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML: titles are written by people. */
function text(given: string): string {
  return given.replace(/[&<>"']/g, (character) => ESCAPED[character]!);
}
