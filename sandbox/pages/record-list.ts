import type { CustomAction } from "../api/custom-actions/custom-actions.ts";
import type { RecordKind } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import { visibleIds, visibleRecord } from "../firms/visible-records.ts";
import { actionMenu } from "./action-menu.ts";
import { type Html, html } from "./html.ts";
import { capitalize, layout } from "./layout.ts";
import { fieldsOf, LISTED_FIELDS, recordLink } from "./record-content.ts";

const RECORDS_PER_PAGE = 50;

/**
 * A page of the records of one kind that the user may see, 50 per page, each with its menu. An invalid `wanted` page is
 * clamped.
 */
export function recordList(
  viewer: Viewer,
  kind: RecordKind,
  actions: readonly CustomAction[],
  wanted: number,
): string {
  const ids = visibleIds(viewer, kind);
  const last = Math.max(1, Math.ceil(ids.length / RECORDS_PER_PAGE));
  const page = Math.min(Math.max(1, wanted), last);
  const shown = ids.slice((page - 1) * RECORDS_PER_PAGE, page * RECORDS_PER_PAGE);
  const pageLink = (to: number, rel: string, text: string) =>
    html`<a href="/sandbox/${kind}?page=${to}" rel="${rel}">${text}</a> `;
  return layout({
    title: capitalize(kind),
    viewer,
    current: kind,
    body: html`${recordTable(viewer, kind, shown, actions)}
      <p>${page > 1 && pageLink(page - 1, "prev", "Previous page")}Page ${page} of ${last}, ${ids.length} in total
      ${page < last && pageLink(page + 1, "next", "Next page")}</p>`,
  });
}

/** A table of records, each with its main fields and its menu. */
export function recordTable(
  viewer: Viewer,
  kind: RecordKind,
  ids: readonly number[],
  actions: readonly CustomAction[],
): Html {
  const rows = ids.flatMap((id) => visibleRecord(viewer, kind, id) ?? []);
  const fieldsOfRow = rows.map((it) => fieldsOf(it, viewer).slice(0, LISTED_FIELDS[kind]));
  const labels = ["Name", ...(fieldsOfRow[0] ?? []).map(([label]) => label), "Menu"];
  return html`<div class="scroll"><table>
        <thead><tr>${labels.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
        <tbody>${rows.map(
          (it, i) => html`
          <tr>
            <td>${recordLink(viewer, kind, it.record.id)}</td>
            ${fieldsOfRow[i]?.map(([, value]) => html`<td>${value}</td>`)}
            <td>${actionMenu(it, actions)}</td>
          </tr>`,
        )}
        </tbody>
      </table></div>`;
}
