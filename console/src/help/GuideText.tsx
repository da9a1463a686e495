import { LinkOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { createElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../shell/CopyButton.tsx';
import { isGuide, type Guide } from './guides.ts';
import type { WrittenGuide } from './queries.ts';

/** What a guide is written with. Of anything else only the text is shown. */
const PLAIN = new Set(
  'P UL OL LI STRONG EM DEL CODE BLOCKQUOTE BR HR TABLE THEAD TBODY TR TH TD H4 H5 H6'.toLowerCase().split(' '),
);

/** The text of a guide as the server renders it, with the links of the console; nothing of it is taken as it stands but text. */
export function GuideText({ page, guide }: { page: WrittenGuide; guide: Guide }) {
  return (
    <article className="guide-text" lang={page.language}>
      <Inside of={page.main} guide={guide} />
    </article>
  );
}

function Inside({ of, guide }: { of: Element; guide: Guide }): ReactNode {
  return [...of.childNodes].map((node, at) => {
    if (!(node instanceof Element)) return node.nodeType === Node.TEXT_NODE ? node.textContent : null;
    return <Piece key={at} element={node} guide={guide} />;
  });
}

function Piece({ element, guide }: { element: Element; guide: Guide }): ReactNode {
  const { t } = useTranslation();
  const name = element.localName;
  // The page has its name already.
  if (name === 'h1') return null;
  if (name === 'br' || name === 'hr') return createElement(name);
  const inside = <Inside of={element} guide={guide} />;
  if (name === 'h2' || name === 'h3') return <Heading element={element} guide={guide} />;
  if (name === 'a') return <Way href={element.getAttribute('href') ?? ''} guide={guide} inside={inside} />;
  if (name === 'pre')
    return (
      <div className="guide-lines">
        <pre className="code" role="group" tabIndex={0} aria-label={t('help.guideIn.lines')}>
          {inside}
        </pre>
        <CopyButton size="small" text={element.textContent.trimEnd()} label={t('help.guideIn.copy')} />
      </div>
    );
  if (name === 'div' && element.className === 'wide')
    return (
      <div className="guide-wide" role="group" tabIndex={0} aria-label={t('help.guideIn.table')}>
        {inside}
      </div>
    );
  return PLAIN.has(name) ? createElement(name, null, inside) : inside;
}

function Heading({ element, guide }: { element: Element; guide: Guide }) {
  const { t } = useTranslation();
  return createElement(
    element.localName,
    { id: element.id, tabIndex: -1 },
    <Inside of={element} guide={guide} />,
    ' ',
    <Link
      to="/help/$guide"
      params={{ guide }}
      hash={element.id}
      aria-label={t('help.guideIn.part', { title: element.textContent })}
    >
      <LinkOutlined />
    </Link>,
  );
}

/** To a guide in the console, to another page of the documentation beside it, or out into the web; the same in all languages. */
function Way({ href, guide, inside }: { href: string; guide: Guide; inside: ReactNode }) {
  const target = new URL(href, `${location.origin}/docs/guide/${guide}`);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') return inside;
  if (target.origin !== location.origin)
    return (
      <a href={target.href} target="_blank" rel="noreferrer">
        {inside}
      </a>
    );
  const [, name = ''] = /^\/docs\/guide\/([^/]+)$/.exec(target.pathname) ?? [];
  if (!isGuide(name)) return <a href={target.pathname + target.hash}>{inside}</a>;
  const hash = decodeURIComponent(target.hash.slice(1));
  return (
    <Link to="/help/$guide" params={{ guide: name }} {...(hash !== '' && { hash })}>
      {inside}
    </Link>
  );
}
