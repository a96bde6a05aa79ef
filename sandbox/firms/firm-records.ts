import { Collection } from "./collection.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmCalendar, FirmCalendarEntry, FirmEventType } from "./firm-calendars.ts";
import type { FirmCommunication, FirmTask } from "./firm-communications.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import type { FirmRelationship } from "./firm-relationships.ts";
import { OwnerIndex } from "./owner-index.ts";

/** The records that can change while the sandbox runs, by the webhooks' name for their kind. */
export interface ChangeableRecords {
  contact: FirmContact;
  matter: FirmMatter;
  user: FirmUser;
  relationship: FirmRelationship;
  communication: FirmCommunication;
  task: FirmTask;
  calendar_entry: FirmCalendarEntry;
}

export type ChangeableKind = keyof ChangeableRecords;

/**
 * A firm's records, indexed for lookup, paging and search. Changes also apply to the firm's own lists.
 *
 * Tests may also change a record in place, but not a matter's client, a person's company or a relationship, which
 * are indexed. They
 * must set `updated_at` as well; otherwise the text search still finds the old text.
 */
export class FirmRecords {
  readonly account: Firm["account"];
  readonly users: Collection<FirmUser>;
  readonly contacts: Collection<FirmContact>;
  readonly matters: Collection<FirmMatter>;
  readonly activities: Collection<FirmActivity>;
  readonly documents: Collection<FirmDocument>;
  readonly folders: Collection<FirmFolder>;
  readonly relationships: Collection<FirmRelationship>;
  readonly communications: Collection<FirmCommunication>;
  readonly tasks: Collection<FirmTask>;
  readonly calendars: Collection<FirmCalendar>;
  readonly calendarEntries: Collection<FirmCalendarEntry>;
  readonly eventTypes: Collection<FirmEventType>;
  readonly #mattersByClient = new OwnerIndex<FirmMatter>();
  readonly #peopleByCompany = new OwnerIndex<FirmContact>();
  readonly #relationshipsByContact = new OwnerIndex<FirmRelationship>();
  readonly #relationshipsByMatter = new OwnerIndex<FirmRelationship>();
  readonly #rootFolders = new Map<string, FirmFolder>();
  readonly #searchTexts = new Map<number, { updatedAt: string; text: string }>();

  constructor(firm: Firm) {
    this.account = firm.account;
    this.users = new Collection(firm.users);
    this.contacts = new Collection(firm.contacts);
    this.matters = new Collection(firm.matters);
    this.activities = new Collection(firm.activities ?? []);
    this.documents = new Collection(firm.documents ?? []);
    this.folders = new Collection(firm.folders ?? []);
    // Records added later must appear in the firm's own lists.
    firm.relationships ??= [];
    firm.communications ??= [];
    firm.tasks ??= [];
    firm.calendar_entries ??= [];
    this.relationships = new Collection(firm.relationships, 40_000_001);
    this.communications = new Collection(firm.communications, 50_000_001);
    this.tasks = new Collection(firm.tasks, 60_000_001);
    this.calendars = new Collection(firm.calendars ?? []);
    this.calendarEntries = new Collection(firm.calendar_entries, 70_000_001);
    this.eventTypes = new Collection(firm.calendar_entry_event_types ?? []);
    for (const matter of this.matters.items) this.#index("add", "matter", matter);
    for (const contact of this.contacts.items) this.#index("add", "contact", contact);
    for (const each of this.relationships.items) this.#index("add", "relationship", each);
    for (const folder of this.folders.items) {
      if (!folder.root) continue;
      if (folder.matter_id !== null) this.#rootFolders.set(`matter ${folder.matter_id}`, folder);
      else this.#rootFolders.set(`contact ${folder.contact_id}`, folder);
    }
  }

  /** All records of a kind. */
  all<Kind extends ChangeableKind>(kind: Kind): Collection<ChangeableRecords[Kind]> {
    const collections: { [Each in ChangeableKind]: Collection<ChangeableRecords[Each]> } = {
      contact: this.contacts,
      matter: this.matters,
      user: this.users,
      relationship: this.relationships,
      communication: this.communications,
      task: this.tasks,
      calendar_entry: this.calendarEntries,
    };
    return collections[kind];
  }

  /** Throws when the ID is taken. */
  add<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): void {
    this.all(kind).add(record);
    this.#index("add", kind, record);
  }

  update<Kind extends ChangeableKind>(
    kind: Kind,
    record: ChangeableRecords[Kind],
    patch: Partial<ChangeableRecords[Kind]>,
  ): void {
    this.#index("remove", kind, record);
    Object.assign(record, patch);
    this.#index("add", kind, record);
  }

  remove<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): void {
    this.#index("remove", kind, record);
    this.all(kind).remove(record);
  }

  /** A contact's matters, by ascending ID; none for a contact that was removed. */
  mattersOf(clientId: number): readonly FirmMatter[] {
    return this.contacts.get(clientId) ? this.#mattersByClient.of(clientId) : [];
  }

  /** The relationships of a contact with matters of others, by ascending ID. */
  relationshipsOfContact(contactId: number): readonly FirmRelationship[] {
    return this.#relationshipsByContact.of(contactId);
  }

  /** The relationships of other contacts with a matter, by ascending ID. */
  relationshipsOfMatter(matterId: number): readonly FirmRelationship[] {
    return this.#relationshipsByMatter.of(matterId);
  }

  /** The root folder of a matter or contact. */
  rootFolderOf(kind: "matter" | "contact", id: number): FirmFolder | undefined {
    return this.#rootFolders.get(`${kind} ${id}`);
  }

  /**
   * The text that a contact search looks through, in lower case: name, title, email, address, phone numbers as typed,
   * web site, the contact's matters and its company's name.
   */
  searchText(contact: FirmContact): string {
    const cached = this.#searchTexts.get(contact.id);
    if (cached?.updatedAt === contact.updated_at) return cached.text;
    const text = [
      contact.name,
      contact.title,
      ...contact.email_addresses.map(({ address }) => address),
      ...contact.addresses.map((it) =>
        [it.street, it.city, it.province, it.postal_code, it.country].join(" "),
      ),
      ...contact.phone_numbers.map(({ number }) => number),
      ...contact.web_sites.map(({ address }) => address),
      ...this.mattersOf(contact.id).map(
        ({ display_number, description }) => `${display_number} ${description}`,
      ),
      this.contacts.get(contact.company_id)?.name,
    ]
      .join("\n")
      .toLowerCase();
    this.#searchTexts.set(contact.id, { updatedAt: contact.updated_at, text });
    return text;
  }

  /** Adds a record to its owner's index or removes it, and discards the cached texts that contain it. */
  #index(operation: "add" | "remove", kind: ChangeableKind, record: ChangeableRecords[ChangeableKind]): void {
    if (kind === "matter") {
      const matter = record as FirmMatter;
      this.#mattersByClient[operation](matter.client_id, matter);
      this.#searchTexts.delete(matter.client_id);
    } else if (kind === "contact") {
      const contact = record as FirmContact;
      this.#peopleByCompany[operation](contact.company_id, contact);
      this.#discardTexts(contact);
    } else if (kind === "relationship") {
      const relationship = record as FirmRelationship;
      this.#relationshipsByContact[operation](relationship.contact_id, relationship);
      this.#relationshipsByMatter[operation](relationship.matter_id, relationship);
    }
  }

  #discardTexts({ id }: FirmContact): void {
    this.#searchTexts.delete(id);
    for (const person of this.#peopleByCompany.of(id)) this.#searchTexts.delete(person.id);
  }
}
