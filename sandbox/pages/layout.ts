import { RECORD_KINDS } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type Html, html, type Insert } from "./html.ts";

export interface Page {
  readonly title: string;
  readonly body: Insert;
  /** The signed-in user. With one, the page has a header with navigation. */
  readonly viewer?: Viewer;
  /** The navigation entry of this page, by its path. */
  readonly current?: string;
}

/** The HTML document. */
export function layout({ title, body, viewer, current }: Page): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Clio sandbox</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/sandbox/style.css">
  </head>
  <body${viewer && html` class="wide"`}>
    ${viewer && header(viewer, current)}
    <main>
      <h1>${title}</h1>
      ${body}
    </main>
    <footer><small>This is a stand-in for Clio Manage. All people and firms are invented.</small></footer>
  </body>
</html>
`.text;
}

/** A page with a single message. */
export function noticePage(title: string, text: string, viewer?: Viewer): string {
  return layout({ title, body: html`<p>${text}</p>`, viewer });
}

function header({ user, records }: Viewer, current: string | undefined): Html {
  const entries = [...RECORD_KINDS, "users"].map(
    (kind) =>
      html`<li><a href="/sandbox/${kind}"${kind === current && html` aria-current="page"`}>${capitalize(kind)}</a></li>`,
  );
  return html`<header>
      <p><strong>${records.account.name}</strong></p>
      <p>Signed in as <a href="/sandbox/users/${user.id}">${user.name}</a> · <a href="/">Switch user</a></p>
      <nav aria-label="Records"><ul>${entries}</ul></nav>
    </header>`;
}

/** Puts the first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
