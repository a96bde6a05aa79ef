import { formatClioTime } from "./clio-time.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { FirmCalendarEntry } from "./firm-calendars.ts";
import type { FirmCommunication, FirmTask } from "./firm-communications.ts";
import type { ChangeableKind, ChangeableRecords, FirmRecords } from "./firm-records.ts";
import type { FirmRelationship } from "./firm-relationships.ts";
import type { ViewerLookup } from "./viewer-lookup.ts";

/** New values of some fields. The sandbox sets the others itself. */
export type RecordPatch<Item> = Partial<Omit<Item, "id" | "created_at" | "updated_at">>;

/** The events that Clio reports for a record. */
export const CHANGE_EVENTS = [
  "created",
  "updated",
  "deleted",
  "matter_opened",
  "matter_pended",
  "matter_closed",
] as const;

export type ChangeEvent = (typeof CHANGE_EVENTS)[number];

export interface RecordChange {
  readonly records: FirmRecords;
  readonly kind: ChangeableKind;
  readonly event: ChangeEvent;
  /** As it is after the change; a deleted record as it was before. */
  readonly record: ChangeableRecords[ChangeableKind];
}

const STATUS_EVENTS = { Open: "matter_opened", Pending: "matter_pended", Closed: "matter_closed" } as const;

/**
 * Changes one firm's records while the sandbox runs, as a user of the firm would: `updated_at` changes, lists and
 * searches show the change at once, and webhooks are triggered. Every method throws when there is no such record, or
 * when the ID of a new record is taken.
 */
export class FirmChanges {
  readonly #records: FirmRecords;
  readonly #viewers: ViewerLookup;
  readonly #now: () => number;
  readonly #publish: (change: RecordChange) => void;

  constructor(
    records: FirmRecords,
    viewers: ViewerLookup,
    now: () => number,
    publish: (change: RecordChange) => void,
  ) {
    this.#records = records;
    this.#viewers = viewers;
    this.#now = now;
    this.#publish = publish;
  }

  get account(): Firm["account"] {
    return this.#records.account;
  }

  contact(id: number, patch: RecordPatch<FirmContact>): FirmContact {
    return this.#update("contact", id, patch);
  }

  /** A new `client_id` moves the matter to another client. */
  matter(id: number, patch: RecordPatch<FirmMatter>): FirmMatter {
    const { status } = this.#find("matter", id);
    const matter = this.#update("matter", id, patch);
    if (matter.status !== status) this.#emit("matter", STATUS_EVENTS[matter.status], matter);
    return matter;
  }

  user(id: number, patch: RecordPatch<FirmUser>): FirmUser {
    return this.#update("user", id, patch);
  }

  /** Adds a copy, created now, and returns it. The same applies to matters and users. */
  addContact(contact: FirmContact): FirmContact {
    return this.#add("contact", contact);
  }

  addMatter(matter: FirmMatter): FirmMatter {
    const added = this.#add("matter", matter);
    this.#emit("matter", STATUS_EVENTS[added.status], added);
    return added;
  }

  addUser(user: FirmUser): FirmUser {
    if (this.#viewers.get(user.id)) throw new Error(`the id ${user.id} is taken`);
    return this.#add("user", user);
  }

  /** The contact's matters stay, without a client; its relationships are removed. */
  removeContact(id: number): void {
    this.#remove("contact", id);
    for (const each of [...this.#records.relationshipsOfContact(id)]) this.removeRelationship(each.id);
  }

  removeMatter(id: number): void {
    this.#remove("matter", id);
    for (const each of [...this.#records.relationshipsOfMatter(id)]) this.removeRelationship(each.id);
  }

  relationship(id: number, patch: RecordPatch<FirmRelationship>): FirmRelationship {
    return this.#update("relationship", id, patch);
  }

  /** Adds a copy, created now, and returns it. Throws when the contact or the matter doesn't exist. */
  addRelationship(relationship: FirmRelationship): FirmRelationship {
    this.#find("contact", relationship.contact_id);
    this.#find("matter", relationship.matter_id);
    return this.#add("relationship", relationship);
  }

  removeRelationship(id: number): void {
    this.#remove("relationship", id);
  }

  calendarEntry(id: number, patch: RecordPatch<FirmCalendarEntry>): FirmCalendarEntry {
    return this.#update("calendar_entry", id, patch);
  }

  /** Adds a copy, created now, and returns it. Throws when the calendar doesn't exist. */
  addCalendarEntry(entry: FirmCalendarEntry): FirmCalendarEntry {
    if (!this.#records.calendars.get(entry.calendar_owner_id)) {
      throw new Error(`there is no calendar ${entry.calendar_owner_id}`);
    }
    return this.#add("calendar_entry", entry);
  }

  removeCalendarEntry(id: number): void {
    this.#remove("calendar_entry", id);
  }

  communication(id: number, patch: RecordPatch<FirmCommunication>): FirmCommunication {
    return this.#update("communication", id, patch);
  }

  addCommunication(communication: FirmCommunication): FirmCommunication {
    return this.#add("communication", communication);
  }

  removeCommunication(id: number): void {
    this.#remove("communication", id);
  }

  addTask(task: FirmTask): FirmTask {
    return this.#add("task", task);
  }

  #update<Kind extends ChangeableKind>(
    kind: Kind,
    id: number,
    patch: Partial<ChangeableRecords[Kind]>,
  ): ChangeableRecords[Kind] {
    const record = this.#find(kind, id);
    const { created_at } = record;
    this.#records.update(kind, record, {
      ...patch,
      id,
      created_at,
      updated_at: formatClioTime(this.#now()),
    });
    this.#emit(kind, "updated", record);
    return record;
  }

  #add<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): ChangeableRecords[Kind] {
    const time = formatClioTime(this.#now());
    const added = { ...record, created_at: time, updated_at: time };
    this.#records.add(kind, added);
    this.#emit(kind, "created", added);
    return added;
  }

  #remove(kind: ChangeableKind, id: number): void {
    const record = this.#find(kind, id);
    this.#records.remove(kind, record);
    this.#emit(kind, "deleted", record);
  }

  #find<Kind extends ChangeableKind>(kind: Kind, id: number): ChangeableRecords[Kind] {
    const record = this.#records.all(kind).get(id);
    if (!record) throw new Error(`there is no ${kind} ${id}`);
    return record;
  }

  #emit(kind: ChangeableKind, event: ChangeEvent, record: ChangeableRecords[ChangeableKind]): void {
    this.#publish({ records: this.#records, kind, event, record });
  }
}
