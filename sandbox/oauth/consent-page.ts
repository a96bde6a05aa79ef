import type { Firm } from "../firms/firm.ts";
import { html } from "../pages/html.ts";
import { layout } from "../pages/layout.ts";

/** What the authorize request asked, to be sent along with the form. */
export type AuthorizeRequest = Readonly<Record<string, string>>;

/**
 * The page on which a user of some firm allows the app, or declines. It works without JavaScript. Somebody is
 * chosen already: the user whom the request names (`as`), else who is signed in, else the first.
 */
export function consentPage(
  firms: readonly Firm[],
  asked: AuthorizeRequest,
  signedIn: number | undefined,
): string {
  const people = firms.map(({ account, users }) => ({
    account,
    users: users.filter((user) => user.enabled),
  }));
  const first = people.flatMap(({ users }) => users)[0]?.id;
  const chosen = asked.as ?? String(signedIn ?? first);
  const lists = people.map(
    ({ account, users }) => html`
      <fieldset>
        <legend>${account.name}</legend>
        ${users.map(
          ({ id, name, email }) =>
            html`<label><input type="radio" name="user_id" value="${id}"${String(id) === chosen && html` checked`} required>
          <span>${name}<small>${email}</small></span></label>
        `,
        )}
      </fieldset>`,
  );
  const hidden = Object.entries(asked).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
      `,
  );
  return layout({
    title: "Allow access?",
    body: html`<p>An app asks for access to this firm's Clio data. Who are you?</p>
    <form method="post" action="/oauth/authorize">
      ${hidden}${lists}
      <p><button name="decision" value="allow">Allow access</button>
      <button name="decision" value="decline" class="quiet" formnovalidate>Decline</button></p>
    </form>`,
  });
}
