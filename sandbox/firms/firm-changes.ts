import { formatClioTime } from "./clio-time.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { ChangeableKind, ChangeableRecords, FirmRecords } from "./firm-records.ts";
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

  /** The contact's matters stay, without a client. */
  removeContact(id: number): void {
    this.#remove("contact", id);
  }

  removeMatter(id: number): void {
    this.#remove("matter", id);
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
