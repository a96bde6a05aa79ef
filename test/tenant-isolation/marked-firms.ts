import { type Firm, matter, person, user } from "../../sandbox/firms/firm.ts";
import { timeEntry } from "../../sandbox/firms/firm-activities.ts";
import { eventType } from "../../sandbox/firms/firm-calendars.ts";
import { document, folder } from "../../sandbox/firms/firm-files.ts";

/** IDs and a phone number that every firm has. Only the firm tells the records apart. */
export const SHARED = {
  contactId: 7_000_000_001,
  matterId: 7_000_000_002,
  activityId: 7_000_000_003,
  folderId: 7_000_000_004,
  documentId: 7_000_000_005,
  /** A kind of calendar entry. */
  eventTypeId: 7_000_000_006,
  /** The contact's number. */
  phone: "+14155550150",
} as const;

/** A firm whose data can be recognized in any response. */
export interface MarkedFirm {
  /** Part of every name and email address of the firm. */
  readonly mark: string;
  /** The service's ID of the firm. */
  readonly id: string;
  readonly sandbox: Firm;
  readonly accountId: number;
  /** Connected, and the lookup account. */
  readonly userId: number;
  /** Disconnected after having been connected. */
  readonly formerUserId: number;
  /** Never connected. */
  readonly strangerId: number;
  /** A client that no other firm has. */
  readonly client: { readonly id: number; readonly name: string; readonly phone: string };
  /** That client's matter. */
  readonly matterId: number;
  /** Every text that only this firm has, in lower case. */
  readonly marks: readonly string[];
}

/** @param firmNumber 1, 2, 3, …: each one makes a different firm */
export function markedFirm(mark: string, firmNumber: number): MarkedFirm {
  // Ten digits, so that no digest or random ID contains them by chance.
  const id = (number: number) => 4_100_000_000 + firmNumber * 1_000_000 + number;
  const lastFour = (number: number) => `01${firmNumber}${number}`;
  const staff = [1, 2, 3].map((number) =>
    user(id(number), `${["Ursula", "Ugo", "Una"][number - 1]} ${mark}`, {
      email: `staff${number}@${mark.toLowerCase()}.example`,
      phone_number: `(628) 555-${lastFour(number)}`,
    }),
  );
  const shared = person(SHARED.contactId, `Sam ${mark}`, { phones: ["(415) 555-0150"] });
  const own = person(id(10), `Olga ${mark}`, { phones: [`(415) 555-${lastFour(9)}`] });
  const cabinet = folder(SHARED.folderId, `${mark} cabinet`, { matter_id: SHARED.matterId }, true);
  const sandbox: Firm = {
    account: { id: id(0), name: `${mark} Law` },
    users: staff,
    contacts: [shared, own],
    matters: [
      matter(SHARED.matterId, 1, shared, `${mark} against everyone`, { responsible_staff_id: id(1) }),
      matter(id(20), 2, own, `The will of Olga ${mark}`, { responsible_staff_id: id(2) }),
    ],
    activities: [timeEntry(SHARED.activityId, SHARED.matterId, id(1), `${mark} on the telephone`, 0.1)],
    folders: [cabinet],
    calendar_entry_event_types: [eventType(SHARED.eventTypeId, `${mark} leave`)],
    documents: [document(SHARED.documentId, `${mark}.pdf`, { parent_id: cabinet.id })],
  };
  const numbers = [0, 1, 2, 3, 10, 20].map((number) => String(id(number)));
  const phones = [...staff.map(({ phone_number }) => phone_number), own.phone_numbers[0]?.number].flatMap(
    (typed) => [String(typed), String(typed).replace(/\D/g, "")],
  );
  return {
    mark,
    id: `us-${id(0)}`,
    sandbox,
    accountId: id(0),
    userId: id(1),
    formerUserId: id(2),
    strangerId: id(3),
    client: { id: own.id, name: own.name, phone: `+1415555${lastFour(9)}` },
    matterId: id(20),
    marks: [mark.toLowerCase(), ...numbers, ...phones],
  };
}
