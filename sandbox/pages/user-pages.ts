import type { FirmUser } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import { calendarSection } from "./calendar-section.ts";
import { html } from "./html.ts";
import { layout } from "./layout.ts";
import { userLink } from "./record-content.ts";
import { fieldList, savedNotice } from "./record-page.ts";

/** The list of the firm's users. */
export function userList(viewer: Viewer): string {
  const { users } = viewer.records;
  return layout({
    title: "Users",
    viewer,
    current: "users",
    body: html`<div class="scroll"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">Email</th><th scope="col">Phone</th></tr></thead>
        <tbody>${users.items.map(
          ({ id, email, phone_number }) => html`
          <tr><td>${userLink(viewer, id)}</td><td>${email}</td><td>${phone_number ?? "–"}</td></tr>`,
        )}
        </tbody>
      </table></div>`,
  });
}

/** A user, with a form to change the phone number, and the user's calendar. */
export function userPage(viewer: Viewer, user: FirmUser, saved: boolean, nowMs: number): string {
  return layout({
    title: user.name,
    viewer,
    current: "users",
    body: html`${savedNotice(saved)}
      ${fieldList([
        ["Email", user.email],
        ["Phone", user.phone_number ?? "–"],
        ["Type", user.subscription_type === "Attorney" ? "Attorney" : "Staff"],
        ["Time zone", user.time_zone],
        ["Status", user.enabled ? "Enabled" : "Disabled"],
      ])}
      <form class="edit-form card" method="post" action="/sandbox/users/${user.id}">
        <h2>Change phone number</h2>
        <label>Phone number <input type="text" name="phone_number" value="${user.phone_number}" autocomplete="off"></label>
        <p><button>Save</button></p>
      </form>
      ${calendarSection(viewer, user, nowMs)}`,
  });
}
