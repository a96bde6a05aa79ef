import type { Firm } from "../firms/firm.ts";
import { html } from "../pages/html.ts";
import { layout } from "../pages/layout.ts";

/** The query of the authorize request. The form sends it along. */
export type AuthorizeRequest = Readonly<Record<string, string>>;

/**
 * The page on which a user of any firm allows or declines access. It works without JavaScript. Preselected is the user
 * named in the request (`as`), otherwise the user who is signed in, otherwise the first user.
 */
export function consentPage(
  firms: readonly Firm[],
  authorizeRequest: AuthorizeRequest,
  signedInUserId: number | undefined,
): string {
  const enabledUsers = firms.map(({ account, users }) => ({
    account,
    users: users.filter((user) => user.enabled),
  }));
  const first = enabledUsers.flatMap(({ users }) => users)[0]?.id;
  const preselected = authorizeRequest.as ?? String(signedInUserId ?? first);
  const lists = enabledUsers.map(
    ({ account, users }) => html`
      <fieldset>
        <legend>${account.name}</legend>
        ${users.map(
          ({ id, name, email }) =>
            html`<label><input type="radio" name="user_id" value="${id}"${String(id) === preselected && html` checked`} required>
          <span>${name}<small>${email}</small></span></label>
        `,
        )}
      </fieldset>`,
  );
  const hidden = Object.entries(authorizeRequest).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
      `,
  );
  return layout({
    title: "Allow access?",
    body: html`<p>An app requests access to this firm's Clio data. Choose the user who decides.</p>
    <form method="post" action="/oauth/authorize">
      ${hidden}${lists}
      <p><button name="decision" value="allow">Allow access</button>
      <button name="decision" value="decline" class="quiet" formnovalidate>Decline</button></p>
    </form>`,
  });
}
