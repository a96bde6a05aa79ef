import { type FirmUser, PERMISSIONS } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";

/** Where one signs in, or becomes somebody else. `next` is where that leads. */
export function homePage(viewers: readonly Viewer[], viewer: Viewer | undefined, next: string): string {
  const enabled = viewers.filter(({ user }) => user.enabled);
  const unrestricted = enabled.find(({ user }) => restrictions(user).length === 0);
  const restricted = enabled.find(({ user }) => restrictions(user).length > 0);
  const highlighted = [unrestricted, restricted].filter((each) => each !== undefined);
  const others = enabled.filter((each) => !highlighted.includes(each));
  return layout({
    title: viewer ? "Who do you want to be?" : "Sign in to the Clio sandbox",
    viewer,
    body: html`<p>Choose somebody, open a record and its menu “Actions”: that is where an app's custom actions are.
      What you see is what this person may see.</p>
      <form method="post" action="/sandbox/sign-in">
        <input type="hidden" name="next" value="${next}">
        <h2>Two who see different things</h2>
        <ul class="people">${highlighted.map((each) => choice(each, true))}</ul>
        <h2>Everybody else</h2>
        <ul class="people">${others.map((each) => choice(each, restrictions(each.user).length > 0))}</ul>
      </form>`,
  });
}

function choice({ user, records }: Viewer, withRights: boolean): Html {
  return html`
          <li><button name="user_id" value="${user.id}" class="quiet">${user.name}
            <small>${user.email}, ${records.account.name}</small>
            ${withRights && html`<small>${restrictions(user).join("; ") || "Sees everything"}</small>`}</button></li>`;
}

/** What a user may not, in words; nothing for somebody who may everything. */
function restrictions(user: FirmUser): string[] {
  const lacking = PERMISSIONS.filter((permission) => !user.permissions.has(permission));
  const hidden = user.hiddenContacts.size;
  return [
    ...(hidden > 0 ? [`Does not see ${hidden} ${hidden === 1 ? "contact" : "contacts"}`] : []),
    ...(lacking.length > 0 ? [`Has no access to ${lacking.join(", ").replaceAll("_", " ")}`] : []),
  ];
}
