import type { FirmUser } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import { html } from "./html.ts";
import { layout } from "./layout.ts";
import { userLink } from "./record-content.ts";
import { factList, savedNote } from "./record-page.ts";

/** Everybody at the firm. */
export function userList(viewer: Viewer): string {
  const { users } = viewer.records;
  return layout({
    title: "Users",
    viewer,
    current: "users",
    body: html`<div class="scroll"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">E-mail</th><th scope="col">Phone</th></tr></thead>
        <tbody>${users.items.map(
          ({ id, email, phone_number }) => html`
          <tr><td>${userLink(viewer, id)}</td><td>${email}</td><td>${phone_number ?? "–"}</td></tr>`,
        )}
        </tbody>
      </table></div>`,
  });
}

/** One user, with the form that changes the phone number. */
export function userPage(viewer: Viewer, user: FirmUser, saved: boolean): string {
  return layout({
    title: user.name,
    viewer,
    current: "users",
    body: html`${savedNote(saved)}
      ${factList([
        ["E-mail", user.email],
        ["Phone", user.phone_number ?? "–"],
        ["Kind", user.subscription_type === "Attorney" ? "Attorney" : "Staff"],
        ["State", user.enabled ? "enabled" : "disabled"],
      ])}
      <form class="mend card" method="post" action="/sandbox/users/${user.id}">
        <h2>Change the phone number</h2>
        <label>Phone number <input type="text" name="phone_number" value="${user.phone_number}" autocomplete="off"></label>
        <p><button>Save</button></p>
      </form>`,
  });
}
