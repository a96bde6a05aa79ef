import type { CustomAction } from "../api/custom-actions.ts";
import type { FirmMatter } from "../firms/firm.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { AnyRecord } from "../firms/visible-records.ts";
import { actionMenu } from "./action-menu.ts";
import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";
import { type Fact, factsOf, relatedTo, titleOf } from "./record-content.ts";
import { recordTable } from "./record-list.ts";

/** One record with its menu, what belongs to it, and, on a matter, the form that mends who answers for it. */
export function recordPage(
  viewer: Viewer,
  it: AnyRecord,
  actions: readonly CustomAction[],
  saved: boolean,
): string {
  const related = relatedTo(it, viewer).filter(({ ids }) => ids.length > 0);
  return layout({
    title: titleOf(it),
    viewer,
    current: it.kind,
    body: html`${savedNote(saved)}
      ${actionMenu(it, actions)}
      ${factList(factsOf(it, viewer))}
      ${it.kind === "matters" && matterForm(it.record, viewer)}
      ${related.map(
        ({ heading, kind, ids }) => html`<h2>${heading}</h2>
      ${recordTable(viewer, kind, ids, actions)}`,
      )}`,
  });
}

/** Facts one below the other. */
export function factList(facts: readonly Fact[]): Html {
  return html`<dl>${facts.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Says that a form was saved. */
export function savedNote(saved: boolean): Html | false {
  return saved && html`<p role="status"><strong>Saved.</strong></p>`;
}

function matterForm(matter: FirmMatter, viewer: Viewer): Html {
  return html`<form class="mend card" method="post" action="/sandbox/matters/${matter.id}">
        <h2>Change who answers for this matter</h2>
        ${userChoice(viewer, "responsible_staff_id", "Responsible staff", matter.responsible_staff_id)}
        ${userChoice(viewer, "responsible_attorney_id", "Responsible attorney", matter.responsible_attorney_id)}
        <p><button>Save</button></p>
      </form>`;
}

/** The enabled users, nobody, and whoever it is now. */
function userChoice(viewer: Viewer, name: string, label: string, chosen: number | null): Html {
  const users = viewer.records.users.items.filter(({ id, enabled }) => enabled || id === chosen);
  return html`<label>${label}
          <select name="${name}">
            <option value="">Nobody</option>
            ${users.map(
              (user) =>
                html`<option value="${user.id}"${user.id === chosen && html` selected`}>${user.name} (${user.email})</option>`,
            )}
          </select>
        </label>`;
}
