import { type FirmUser, PERMISSIONS } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";

/** The page on which to sign in or switch users. `next` is the path to open afterwards. */
export function homePage(viewers: readonly Viewer[], viewer: Viewer | undefined, next: string): string {
  const enabled = viewers.filter(({ user }) => user.enabled);
  const unrestricted = enabled.find(({ user }) => restrictions(user).length === 0);
  const restricted = enabled.find(({ user }) => restrictions(user).length > 0);
  const highlighted = [unrestricted, restricted].filter((each) => each !== undefined);
  const others = enabled.filter((each) => !highlighted.includes(each));
  return layout({
    title: viewer ? "Switch user" : "Sign in to the Clio sandbox",
    viewer,
    body: html`<p>Choose a user. You see what this user may see in Clio. An app's custom actions are in each record's
      Actions menu.</p>
      <form method="post" action="/sandbox/sign-in">
        <input type="hidden" name="next" value="${next}">
        <h2>Users with different access</h2>
        <ul class="people">${highlighted.map((each) => userButton(each, true))}</ul>
        <h2>Other users</h2>
        <ul class="people">${others.map((each) => userButton(each, restrictions(each.user).length > 0))}</ul>
      </form>`,
  });
}

function userButton({ user, records }: Viewer, showAccess: boolean): Html {
  return html`
          <li><button name="user_id" value="${user.id}" class="quiet">${user.name}
            <small>${user.email}, ${records.account.name}</small>
            ${showAccess && html`<small>${restrictions(user).join("; ") || "Full access"}</small>`}</button></li>`;
}

/** What the user has no access to, as short phrases; empty for full access. */
function restrictions(user: FirmUser): string[] {
  const missing = PERMISSIONS.filter((permission) => !user.permissions.has(permission));
  const hidden = user.hiddenContacts.size;
  return [
    ...(hidden > 0 ? [`${hidden} hidden ${hidden === 1 ? "contact" : "contacts"}`] : []),
    ...(missing.length > 0 ? [`No access to ${missing.join(", ").replaceAll("_", " ")}`] : []),
  ];
}
