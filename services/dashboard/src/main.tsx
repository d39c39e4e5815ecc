import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { BrokenPage } from './states.tsx';
import { letNoTextBecomeHtml } from './trusted-types.ts';
import './styles/tokens.css';
import './styles/page.css';
import './styles/top.css';
import './styles/parts.css';
import './styles/tables.css';
import './styles/overview.css';
import './styles/rates.css';
import './styles/subject.css';

letNoTextBecomeHtml();

const element = document.getElementById('root')!;
const root = createRoot(element, {
  // Errors such as an answer of an unexpected shape end here. React has emptied the page by then,
  // so this shows the reason in its place.
  onUncaughtError: (error) => {
    console.error(error);
    queueMicrotask(() =>
      createRoot(element.appendChild(document.createElement('div'))).render(<BrokenPage error={error} />),
    );
  },
});

root.render(
  <StrictMode>
    <App />
  </StrictMode>,
);
