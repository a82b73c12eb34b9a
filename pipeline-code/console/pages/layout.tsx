import type { ComponentChildren, JSX } from 'preact';

import { absoluteTime, isoTime, relativeTime } from '../format';
import type { Outcome, Problem } from '../outcome';

const NAVIGATION = [
  { href: '/', label: 'Overview' },
  { href: '/topics', label: 'Topics' },
  { href: '/groups', label: 'Consumer groups' },
  { href: '/subjects', label: 'Schemas' },
] as const;

export interface LayoutProps {
  readonly title: string;
  /** The entry of the navigation that this page belongs to. */
  readonly section?: string;
  /** The same facts as JSON. */
  readonly api?: string;
  readonly children: ComponentChildren;
}

export function Layout({ title, section, api, children }: LayoutProps): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Kafka console`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/console.css" />
        <script src="/console.js" defer />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="bar">
          <div class="container">
            <a class="brand" href="/">
              <img src="/icon.svg" alt="" width="24" height="24" />
              Kafka console
            </a>
            <nav aria-label="Pages">
              <ul>
                {NAVIGATION.map(({ href, label }) => (
                  <li>
                    <a href={href} {...(href === section ? { 'aria-current': 'page' as const } : {})}>
                      {label}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
            <div class="refresh">
              <noscript>
                <a href="">Reload</a>
              </noscript>
              <span id="refresh-state" />
              <button id="refresh" type="button" class="outline secondary" hidden>
                Pause
              </button>
            </div>
          </div>
        </header>
        <main id="content" class="container">
          {children}
        </main>
        <footer class="container">
          <small>
            Read-only. Stands in for Confluent Control Center.{' '}
            {api === undefined ? null : (
              <>
                This page as JSON: <a href={api}>{api}</a>
              </>
            )}
          </small>
        </footer>
      </body>
    </html>
  );
}

export function ProblemBox({ problem }: { readonly problem: Problem }): JSX.Element {
  return (
    <article class="problem" role="alert">
      <h2>{problem.service} does not answer</h2>
      <p>
        Asked at <code>{problem.address}</code>: {problem.reason}.
      </p>
      <p class="muted">This page keeps asking; it fills itself as soon as there is an answer.</p>
    </article>
  );
}

/** The facts, or which service could not be asked and why. */
export function Show<T>({
  outcome,
  children,
}: {
  readonly outcome: Outcome<T>;
  readonly children: (value: T) => JSX.Element;
}): JSX.Element {
  return outcome.ok ? children(outcome.value) : <ProblemBox problem={outcome.problem} />;
}

/** A table that scrolls sideways by itself rather than widening the page. */
export function Table({
  label,
  head,
  children,
}: {
  readonly label: string;
  /** A heading that starts with # stands over numbers. */
  readonly head: readonly string[];
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((text) => (
              <th scope="col" class={text.startsWith('#') ? 'number' : undefined}>
                {text.replace(/^#/, '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

export function Badge({
  tone,
  children,
}: {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly children: ComponentChildren;
}): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Time({ at, now }: { readonly at: number; readonly now: number }): JSX.Element {
  const iso = isoTime(at);
  if (iso === undefined) return <span class="muted">no time</span>;
  return (
    <time dateTime={iso}>
      {relativeTime(at, now)}
      <small class="mono">{absoluteTime(at)}</small>
    </time>
  );
}

export function topicHref(name: string): string {
  return `/topics/${encodeURIComponent(name)}`;
}

export function subjectHref(name: string): string {
  return `/subjects/${encodeURIComponent(name)}`;
}

export function MessagePage({ title, text }: { readonly title: string; readonly text: string }): JSX.Element {
  return (
    <Layout title={title}>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a href="/">To the overview</a>
      </p>
    </Layout>
  );
}
