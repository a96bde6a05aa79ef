import { Collection } from "./collection.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import { OwnerIndex } from "./owner-index.ts";

/** The records that can change while the sandbox runs, by the webhooks' name for their kind. */
export interface ChangeableRecords {
  contact: FirmContact;
  matter: FirmMatter;
  user: FirmUser;
}

export type ChangeableKind = keyof ChangeableRecords;

/**
 * A firm's records, indexed for lookup, paging and search. Changes also apply to the firm's own lists.
 *
 * Tests may also change a record in place, but not a matter's client or a person's company, which are indexed. They
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
  readonly #mattersByClient = new OwnerIndex<FirmMatter>();
  readonly #peopleByCompany = new OwnerIndex<FirmContact>();
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
    for (const matter of this.matters.items) this.#index("add", "matter", matter);
    for (const contact of this.contacts.items) this.#index("add", "contact", contact);
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
    }
  }

  #discardTexts({ id }: FirmContact): void {
    this.#searchTexts.delete(id);
    for (const person of this.#peopleByCompany.of(id)) this.#searchTexts.delete(person.id);
  }
}
