import type { CustomAction } from "../api/custom-actions/custom-actions.ts";
import { subjectPath } from "../firms/record-kind.ts";
import type { AnyRecord } from "../firms/visible-records.ts";
import { type Html, html } from "./html.ts";
import { titleOf } from "./record-content.ts";

/** A record's menu: the custom actions that the signed-in user has for this kind of record. */
export function actionMenu(it: AnyRecord, actions: readonly CustomAction[]): Html {
  const path = subjectPath(it.kind, it.record.id);
  const entries = actions
    .filter(({ ui_reference }) => ui_reference === `${it.kind}/show`)
    .map(({ id, label }) => {
      const url = `/sandbox/click?${new URLSearchParams({ custom_action_id: String(id), subject: path })}`;
      return html`<li><a href="${url}" target="_blank" rel="noopener">${label}</a></li>`;
    });
  return html`<details class="menu">
        <summary>Actions<span class="visually-hidden"> for ${titleOf(it)}</span></summary>
        ${entries.length > 0 ? html`<ul>${entries}</ul>` : html`<p>No app has added an action for you here.</p>`}
      </details>`;
}
