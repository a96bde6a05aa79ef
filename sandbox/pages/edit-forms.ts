import type { Collection } from "../firms/collection.ts";
import type { FirmMatter, FirmUser } from "../firms/firm.ts";
import type { RecordPatch } from "../firms/firm-changes.ts";

/** A submitted form, not validated yet. */
type SubmittedForm = Readonly<Record<string, unknown>>;

/** The matter's new responsible users. Null if one of them is not a user of the firm. */
export function parseMatterForm(
  matter: FirmMatter,
  users: Collection<FirmUser>,
  form: SubmittedForm,
): RecordPatch<FirmMatter> | null {
  const staff = parseUserId(form.responsible_staff_id, matter.responsible_staff_id);
  const attorney = parseUserId(form.responsible_attorney_id, matter.responsible_attorney_id);
  if ([staff, attorney].some((id) => id !== null && !users.get(id))) return null;
  return { responsible_staff_id: staff, responsible_attorney_id: attorney };
}

/** The user's new phone number, which is free text. An empty one becomes null. */
export function parseUserForm({ phone_number }: SubmittedForm): RecordPatch<FirmUser> {
  return typeof phone_number === "string" ? { phone_number: phone_number.trim() || null } : {};
}

/** The selected user; null for "None", and the current one if the form doesn't contain the field. */
function parseUserId(value: unknown, current: number | null): number | null {
  if (typeof value !== "string") return current;
  return value === "" ? null : Number(value);
}
