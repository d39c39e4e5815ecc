import type { PageLanguage } from './asked-language.ts';

/** The words of the page for customers. Times come written. */
interface PageWords {
  readonly untitled: string;
  readonly open: string;
  completed(when: string): string;
  abandoned(when: string): string;
  readonly steps: string;
  readonly done: string;
  readonly next: string;
  readonly later: string;
  doneAt(when: string): string;
  dueBy(when: string): string;
  lateSince(when: string): string;
  readonly nothing: string;
  asOf(when: string, until: string): string;
  readonly missing: { readonly title: string; readonly text: string };
  readonly away: { readonly title: string; readonly text: string };
}

const en: PageWords = {
  untitled: 'Your case',
  open: 'In progress',
  completed: (when) => `Completed on ${when}`,
  abandoned: (when) => `Closed on ${when}`,
  steps: 'Steps',
  done: 'Done',
  next: 'Next',
  later: 'Still to come',
  doneAt: (when) => `Done on ${when}`,
  dueBy: (when) => `Expected by ${when}`,
  lateSince: (when) => `Delayed: it was expected by ${when}`,
  nothing: 'There is nothing to show yet.',
  asOf: (when, until) =>
    `As of ${when}. Anyone who has the address of this page can open it, until ${until}: share it with care.`,
  missing: {
    title: 'This link does not work',
    text: 'Check that the address is complete, or ask whoever sent it to you for a new one.',
  },
  away: { title: 'Please try again in a moment', text: 'This page cannot be shown right now.' },
};

const zh: PageWords = {
  untitled: '您的业务',
  open: '进行中',
  completed: (when) => `已于${when}完成`,
  abandoned: (when) => `已于${when}关闭`,
  steps: '进度',
  done: '已完成',
  next: '下一步',
  later: '待进行',
  doneAt: (when) => `${when}完成`,
  dueBy: (when) => `预计不晚于${when}`,
  lateSince: (when) => `已延误：原定不晚于${when}`,
  nothing: '暂无可显示的内容。',
  asOf: (when, until) => `截至${when}。在${until}之前，持有此网址的任何人都能打开本页，请谨慎转发。`,
  missing: { title: '此链接无法使用', text: '请确认网址完整，或向发送者索取新的链接。' },
  away: { title: '请稍后再试', text: '暂时无法显示此页面。' },
};

export const pageWords: Readonly<Record<PageLanguage, PageWords>> = { en, zh };
