import type { WebhookEvent } from "../api/webhook.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { ChangeableKind, ChangeableRecords, FirmRecords } from "./firm-records.ts";
import { clioTime } from "./record-times.ts";
import type { Viewers } from "./viewers.ts";

/** What may be changed in a record; the rest is the sandbox's own to say. */
export type Change<Item> = Partial<Omit<Item, "id" | "created_at" | "updated_at">>;

/** Something that has happened to a record; `record` is as it is afterwards, or was before it was removed. */
export interface Happening {
  readonly records: FirmRecords;
  readonly kind: ChangeableKind;
  readonly event: WebhookEvent;
  readonly record: ChangeableRecords[ChangeableKind];
}

const STATUS_EVENTS = { Open: "matter_opened", Pending: "matter_pended", Closed: "matter_closed" } as const;

/**
 * Changes to one firm's records while the sandbox runs, as if somebody at the firm made them: the time of the change
 * is noted, lists and searches show it at once, and webhooks hear of it. Each throws where there is no such record,
 * or where one has the id already.
 */
export class FirmChanges {
  readonly #records: FirmRecords;
  readonly #viewers: Viewers;
  readonly #now: () => number;
  readonly #tell: (happening: Happening) => void;

  constructor(
    records: FirmRecords,
    viewers: Viewers,
    now: () => number,
    tell: (happening: Happening) => void,
  ) {
    this.#records = records;
    this.#viewers = viewers;
    this.#now = now;
    this.#tell = tell;
  }

  get account(): Firm["account"] {
    return this.#records.account;
  }

  contact(id: number, change: Change<FirmContact>): FirmContact {
    return this.#change("contact", id, change);
  }

  /** Another `client_id` gives the matter to another client. */
  matter(id: number, change: Change<FirmMatter>): FirmMatter {
    const { status } = this.#find("matter", id);
    const matter = this.#change("matter", id, change);
    if (matter.status !== status) this.#happened("matter", STATUS_EVENTS[matter.status], matter);
    return matter;
  }

  user(id: number, change: Change<FirmUser>): FirmUser {
    return this.#change("user", id, change);
  }

  /** Adds a copy, made now, and returns it. So with matters and users. */
  addContact(contact: FirmContact): FirmContact {
    return this.#add("contact", contact);
  }

  addMatter(matter: FirmMatter): FirmMatter {
    const added = this.#add("matter", matter);
    this.#happened("matter", STATUS_EVENTS[added.status], added);
    return added;
  }

  addUser(user: FirmUser): FirmUser {
    if (this.#viewers.get(user.id)) throw new Error(`the id ${user.id} is taken`);
    return this.#add("user", user);
  }

  /** Its matters stay, without a client. */
  removeContact(id: number): void {
    this.#remove("contact", id);
  }

  removeMatter(id: number): void {
    this.#remove("matter", id);
  }

  #change<Kind extends ChangeableKind>(
    kind: Kind,
    id: number,
    change: Partial<ChangeableRecords[Kind]>,
  ): ChangeableRecords[Kind] {
    const record = this.#find(kind, id);
    const { created_at } = record;
    this.#records.change(kind, record, { ...change, id, created_at, updated_at: clioTime(this.#now()) });
    this.#happened(kind, "updated", record);
    return record;
  }

  #add<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): ChangeableRecords[Kind] {
    const time = clioTime(this.#now());
    const added = { ...record, created_at: time, updated_at: time };
    this.#records.add(kind, added);
    this.#happened(kind, "created", added);
    return added;
  }

  #remove(kind: ChangeableKind, id: number): void {
    const record = this.#find(kind, id);
    this.#records.remove(kind, record);
    this.#happened(kind, "deleted", record);
  }

  #find<Kind extends ChangeableKind>(kind: Kind, id: number): ChangeableRecords[Kind] {
    const record = this.#records.all(kind).get(id);
    if (!record) throw new Error(`there is no ${kind} ${id}`);
    return record;
  }

  #happened(kind: ChangeableKind, event: WebhookEvent, record: ChangeableRecords[ChangeableKind]): void {
    this.#tell({ records: this.#records, kind, event, record });
  }
}
