import type { Collection } from "../collection.ts";
import type { FirmMatter, FirmUser } from "../firm.ts";

/** A form as it was sent: names and values, none of them to be relied on. */
type Form = Readonly<Record<string, unknown>>;

/** Changes who answers for a matter; false, and nothing is changed, where somebody named is not at the firm. */
export function mendMatter(
  matter: FirmMatter,
  users: Collection<FirmUser>,
  form: Form,
  now: number,
): boolean {
  const staff = chosen(form.responsible_staff_id, matter.responsible_staff_id);
  const attorney = chosen(form.responsible_attorney_id, matter.responsible_attorney_id);
  if ([staff, attorney].some((id) => id !== null && !users.get(id))) return false;
  matter.responsible_staff_id = staff;
  matter.responsible_attorney_id = attorney;
  matter.updated_at = new Date(now).toISOString();
  return true;
}

/** Changes a user's phone number, which is free text; an empty one is none. */
export function mendUser(user: FirmUser, { phone_number }: Form, now: number): void {
  if (typeof phone_number !== "string") return;
  user.phone_number = phone_number.trim() || null;
  user.updated_at = new Date(now).toISOString();
}

/** The id that a list of users was left at: null for "Nobody", as it was where the form does not say. */
function chosen(value: unknown, before: number | null): number | null {
  if (typeof value !== "string") return before;
  return value === "" ? null : Number(value);
}
