import type { CustomAction } from "../api/custom-actions/custom-actions.ts";
import type { FirmMatter } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { AnyRecord } from "../firms/visible-records.ts";
import { actionMenu } from "./action-menu.ts";
import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";
import { linkedSections } from "./linked-sections.ts";
import { type DisplayField, fieldsOf, relatedRecords, titleOf } from "./record-content.ts";
import { recordTable } from "./record-list.ts";

/** A record with its menu and related records. A matter also has forms to change the responsible users and to add relationships. */
export function recordPage(
  viewer: Viewer,
  it: AnyRecord,
  actions: readonly CustomAction[],
  saved: boolean,
): string {
  const related = relatedRecords(it, viewer).filter(({ ids }) => ids.length > 0);
  return layout({
    title: titleOf(it),
    viewer,
    current: it.kind,
    body: html`${savedNotice(saved)}
      ${actionMenu(it, actions)}
      ${fieldList(fieldsOf(it, viewer))}
      ${it.kind === "matters" && matterForm(it.record, viewer)}
      ${related.map(
        ({ heading, kind, ids }) => html`<h2>${heading}</h2>
      ${recordTable(viewer, kind, ids, actions)}`,
      )}
      ${linkedSections(it, viewer)}`,
  });
}

/** Fields one below the other. */
export function fieldList(fields: readonly DisplayField[]): Html {
  return html`<dl>${fields.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Confirms that a form was saved. */
export function savedNotice(saved: boolean): Html | false {
  return saved && html`<p role="status"><strong>Saved.</strong></p>`;
}

function matterForm(matter: FirmMatter, viewer: Viewer): Html {
  return html`<form class="edit-form card" method="post" action="/sandbox/matters/${matter.id}">
        <h2>Change responsible users</h2>
        ${userSelect(viewer, "responsible_staff_id", "Responsible staff", matter.responsible_staff_id)}
        ${userSelect(viewer, "responsible_attorney_id", "Responsible attorney", matter.responsible_attorney_id)}
        <p><button>Save</button></p>
      </form>`;
}

/** The enabled users, "None", and the current user even if disabled. */
function userSelect(viewer: Viewer, name: string, label: string, current: number | null): Html {
  const users = viewer.records.users.items.filter(({ id, enabled }) => enabled || id === current);
  return html`<label>${label}
          <select name="${name}">
            <option value="">None</option>
            ${users.map(
              (user) =>
                html`<option value="${user.id}"${user.id === current && html` selected`}>${user.name} (${user.email})</option>`,
            )}
          </select>
        </label>`;
}
