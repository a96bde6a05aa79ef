import type { Firm } from "./firm.ts";

/** What the authorize request asked, to be sent along with the form. */
export type AuthorizeRequest = Readonly<Record<string, string>>;

/** The page on which a user of some firm allows the app, or declines. It works without JavaScript. */
export function consentPage(firms: readonly Firm[], asked: AuthorizeRequest): string {
  const people = firms.map(({ account, users }) => ({
    account,
    users: users.filter((user) => user.enabled),
  }));
  const first = people.flatMap(({ users }) => users)[0]?.id;
  const chosen = asked.as ?? String(first);
  const lists = people.map(
    ({ account, users }) => `
      <fieldset>
        <legend>${escapeHtml(account.name)}</legend>
        ${users
          .map(
            ({ id, name, email }) =>
              `<label><input type="radio" name="user_id" value="${id}"${String(id) === chosen ? " checked" : ""} required>
          <span>${escapeHtml(name)}<small>${escapeHtml(email)}</small></span></label>`,
          )
          .join("\n        ")}
      </fieldset>`,
  );
  const hidden = Object.entries(asked).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return document(
    "Allow access?",
    `<p>An app asks for access to this firm's Clio data. Who are you?</p>
    <form method="post" action="/oauth/authorize">
      ${hidden.join("\n      ")}${lists.join("")}
      <p><button name="decision" value="allow">Allow access</button>
      <button name="decision" value="decline" class="quiet" formnovalidate>Decline</button></p>
    </form>`,
  );
}

/** A page that says one thing. */
export function noticePage(title: string, text: string): string {
  return document(title, `<p>${escapeHtml(text)}</p>`);
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)} · Clio sandbox</title>
    <style>
      :root { color-scheme: light dark; }
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
      fieldset { border: 1px solid; border-color: color-mix(in srgb, currentColor 30%, transparent); border-radius: .5rem; }
      label { display: flex; gap: .6rem; padding: .35rem 0; }
      small { display: block; opacity: .75; }
      button { font: inherit; padding: .5rem 1rem; border: 1px solid #1558b0; border-radius: .4rem; background: #1558b0; color: #fff; }
      button.quiet { background: none; color: inherit; border-color: currentColor; }
    </style>
  </head>
  <body>
    <h1>${escapeHtml(title)}</h1>
    ${body}
    <p><small>This is a stand-in for Clio Manage. Every person and firm in it is invented.</small></p>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
