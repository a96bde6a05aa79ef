import type { CustomAction } from "../api/custom-actions.ts";
import type { RecordKind } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import { visibleIds, visibleRecord } from "../firms/visible-records.ts";
import { actionMenu } from "./action-menu.ts";
import { type Html, html } from "./html.ts";
import { capital, layout } from "./layout.ts";
import { FACTS_IN_LIST, factsOf, recordLink } from "./record-content.ts";

const PER_PAGE = 50;

/** The records of one kind that a user may see, 50 a page, each with its menu. */
export function recordList(
  viewer: Viewer,
  kind: RecordKind,
  actions: readonly CustomAction[],
  wanted: number,
): string {
  const ids = visibleIds(viewer, kind);
  const last = Math.max(1, Math.ceil(ids.length / PER_PAGE));
  const page = Math.min(Math.max(1, wanted), last);
  const shown = ids.slice((page - 1) * PER_PAGE, page * PER_PAGE);
  const link = (to: number, rel: string, text: string) =>
    html`<a href="/sandbox/${kind}?page=${to}" rel="${rel}">${text}</a> `;
  return layout({
    title: capital(kind),
    viewer,
    current: kind,
    body: html`${recordTable(viewer, kind, shown, actions)}
      <p>${page > 1 && link(page - 1, "prev", "Previous page")}Page ${page} of ${last}, ${ids.length} in all
      ${page < last && link(page + 1, "next", "Next page")}</p>`,
  });
}

/** A table of records, each with the facts that tell it from others and its menu. */
export function recordTable(
  viewer: Viewer,
  kind: RecordKind,
  ids: readonly number[],
  actions: readonly CustomAction[],
): Html {
  const rows = ids.flatMap((id) => visibleRecord(viewer, kind, id) ?? []);
  const factsOfRow = rows.map((it) => factsOf(it, viewer).slice(0, FACTS_IN_LIST[kind]));
  const labels = ["Name", ...(factsOfRow[0] ?? []).map(([label]) => label), "Menu"];
  return html`<div class="scroll"><table>
        <thead><tr>${labels.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
        <tbody>${rows.map(
          (it, i) => html`
          <tr>
            <td>${recordLink(viewer, kind, it.record.id)}</td>
            ${factsOfRow[i]?.map(([, value]) => html`<td>${value}</td>`)}
            <td>${actionMenu(it, actions)}</td>
          </tr>`,
        )}
        </tbody>
      </table></div>`;
}
