import type { Collection } from "../firms/collection.ts";
import type { FirmMatter, FirmUser } from "../firms/firm.ts";
import type { Change } from "../firms/firm-changes.ts";

/** A form as it was sent: names and values, none of them to be relied on. */
type Form = Readonly<Record<string, unknown>>;

/** What a form changes in who answers for a matter; null where somebody named is not at the firm. */
export function matterMending(
  matter: FirmMatter,
  users: Collection<FirmUser>,
  form: Form,
): Change<FirmMatter> | null {
  const staff = chosen(form.responsible_staff_id, matter.responsible_staff_id);
  const attorney = chosen(form.responsible_attorney_id, matter.responsible_attorney_id);
  if ([staff, attorney].some((id) => id !== null && !users.get(id))) return null;
  return { responsible_staff_id: staff, responsible_attorney_id: attorney };
}

/** What a form changes in a user: the phone number, which is free text; an empty one is none. */
export function userMending({ phone_number }: Form): Change<FirmUser> {
  return typeof phone_number === "string" ? { phone_number: phone_number.trim() || null } : {};
}

/** The id that a list of users was left at: null for "Nobody", as it was where the form does not say. */
function chosen(value: unknown, before: number | null): number | null {
  if (typeof value !== "string") return before;
  return value === "" ? null : Number(value);
}
