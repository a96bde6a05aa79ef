import type { RecordChange } from "../../firms/firm-changes.ts";
import type { Viewer } from "../../firms/viewer.ts";
import { selectFields, serializeRecord } from "../fields/field-selection.ts";
import { fieldValues } from "../fields/field-values.ts";
import { RESOURCE_OF, type Webhook } from "./webhook.ts";

/**
 * The body of a delivery, as JSON. It contains the fields that the webhook subscribes to, as its user may see them. For
 * a deleted record it contains the ID and, if requested, the etag.
 * @returns null when the webhook's user may not see the record
 */
export function webhookPayload(
  webhook: Webhook,
  viewer: Viewer,
  { kind, event, record }: RecordChange,
): string | null {
  if ((kind !== "contact" && kind !== "matter") || !canSee(viewer, kind, record.id)) return null;
  const resource = RESOURCE_OF[kind];
  const fields = selectFields(webhook.fields, resource);
  const selection =
    event === "deleted" ? [{ name: "id" }, ...fields.filter(({ name }) => name === "etag")] : fields;
  const data = serializeRecord(record, resource, selection, fieldValues(viewer));
  return JSON.stringify({ data, meta: { event, webhook_id: webhook.id } });
}

function canSee(viewer: Viewer, kind: "contact" | "matter", id: number): boolean {
  return viewer.hasPermission(`${kind}s`) && (kind === "matter" || viewer.canSeeContact(id));
}
