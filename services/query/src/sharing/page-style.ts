/** Style of the page for customers: phone first, light and dark, and on paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #fff; --ink: #16181d; --soft: #565c69; --line: #dfe2e8;
  --done: #17703f; --next: #2a51c9; --late: #a6400b; --on: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101216; --card: #181b21; --ink: #eceef2; --soft: #a3a9b6; --line: #323742;
    --done: #5cc98b; --next: #8fabff; --late: #f5a35f; --on: #101216;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--ground); color: var(--ink); margin: 0 auto; max-width: 40rem; min-height: 100vh;
  padding: max(1.25rem, env(safe-area-inset-top)) 1rem 2rem;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere;
}
header { padding: .5rem .25rem 1.25rem; }
h1 { font-size: 1.6rem; font-weight: 650; letter-spacing: -.015em; line-height: 1.2; text-wrap: balance; }
.status { color: var(--next); font-weight: 600; margin-top: .4rem; }
.completed .status { color: var(--done); }
.abandoned .status { color: var(--soft); }
main { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem 1.1rem; }
ol { list-style: none; padding: 0; }
li { display: flex; gap: .9rem; padding-bottom: 1.4rem; position: relative; }
li:last-child { padding-bottom: 0; }
li:not(:last-child)::after {
  background: var(--line); bottom: 0; content: ""; left: calc(.75rem - 1px); position: absolute; top: 1.75rem; width: 2px;
}
li.done:not(:last-child)::after { background: var(--done); }
li::before {
  background: var(--card); border: 2px solid var(--line); border-radius: 50%; content: ""; flex: none;
  height: 1.5rem; width: 1.5rem; text-align: center; font-size: .85rem; font-weight: 700; line-height: 1.3rem;
}
li.done::before { background: var(--done); border-color: var(--done); color: var(--on); content: "\\2713"; }
li.next::before { border-color: var(--next); box-shadow: inset 0 0 0 .22rem var(--card); background: var(--next); }
li.late::before { border-color: var(--late); color: var(--late); content: "!"; background: var(--card); }
h2 { display: inline; font-size: 1.05rem; font-weight: 600; line-height: 1.5rem; margin-right: .5rem; }
.later h2 { color: var(--soft); font-weight: 500; }
.state { color: var(--soft); font-size: .85rem; white-space: nowrap; }
.next .state { color: var(--next); font-weight: 600; }
.when { color: var(--soft); font-size: .92rem; margin-top: .1rem; }
.next .when { color: var(--ink); }
.late .when, .late .state { color: var(--late); font-weight: 600; }
.refusal { margin-top: 12vh; padding: 2rem 1.5rem; text-align: center; }
.refusal p { color: var(--soft); margin-top: .75rem; }
footer { color: var(--soft); font-size: .82rem; padding: 1.1rem .25rem 0; }
@media (min-width: 40rem) {
  body { padding-top: 3.5rem; }
  h1 { font-size: 2rem; }
  main { padding: 1.75rem; }
}
@media print {
  :root { --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --done: #000; --next: #000; --late: #000; --on: #fff; }
  body { max-width: none; padding: 0; }
  main { border: 0; padding: 0; }
  li { break-inside: avoid; print-color-adjust: exact; }
}
`;
