import { Collection } from "./collection.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import { Groups } from "./groups.ts";

/** The records that can be added, changed and removed while the sandbox runs, by what webhooks call them. */
export interface ChangeableRecords {
  contact: FirmContact;
  matter: FirmMatter;
  user: FirmUser;
}

export type ChangeableKind = keyof ChangeableRecords;

/**
 * A firm's records, ready to be looked up, paged and searched. The firm's own lists stay in step.
 *
 * A record may be changed in place as well, by whoever holds it (a status, who is responsible); as in Clio its
 * `updated_at` has to change with it, or the text search goes on finding the old words. A matter is not given to
 * another client that way, nor a person to another company.
 */
export class FirmRecords {
  readonly account: Firm["account"];
  readonly users: Collection<FirmUser>;
  readonly contacts: Collection<FirmContact>;
  readonly matters: Collection<FirmMatter>;
  readonly activities: Collection<FirmActivity>;
  readonly documents: Collection<FirmDocument>;
  readonly folders: Collection<FirmFolder>;
  readonly #mattersByClient = new Groups<FirmMatter>();
  readonly #peopleByCompany = new Groups<FirmContact>();
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
    for (const matter of this.matters.items) this.#group("add", "matter", matter);
    for (const contact of this.contacts.items) this.#group("add", "contact", contact);
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

  /** Throws where the id is taken. */
  add<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): void {
    this.all(kind).add(record);
    this.#group("add", kind, record);
  }

  change<Kind extends ChangeableKind>(
    kind: Kind,
    record: ChangeableRecords[Kind],
    change: Partial<ChangeableRecords[Kind]>,
  ): void {
    this.#group("remove", kind, record);
    Object.assign(record, change);
    this.#group("add", kind, record);
  }

  remove<Kind extends ChangeableKind>(kind: Kind, record: ChangeableRecords[Kind]): void {
    this.#group("remove", kind, record);
    this.all(kind).remove(record);
  }

  /** A contact's matters, in ascending order of their ids; none of a contact that was removed. */
  mattersOf(clientId: number): readonly FirmMatter[] {
    return this.contacts.get(clientId) ? this.#mattersByClient.of(clientId) : [];
  }

  /** The folder that holds everything of a matter, or of a contact. */
  rootFolderOf(kind: "matter" | "contact", id: number): FirmFolder | undefined {
    return this.#rootFolders.get(`${kind} ${id}`);
  }

  /**
   * What the wildcard search of contacts looks through, in lower case: name, title, e-mail, address, phone
   * numbers as typed, web site, the contact's matters and its company's name.
   */
  searchText(contact: FirmContact): string {
    const known = this.#searchTexts.get(contact.id);
    if (known?.updatedAt === contact.updated_at) return known.text;
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

  /** Enters a record under the one it belongs to, or strikes it out, and forgets the texts that it stands in. */
  #group(how: "add" | "remove", kind: ChangeableKind, record: ChangeableRecords[ChangeableKind]): void {
    if (kind === "matter") {
      const matter = record as FirmMatter;
      this.#mattersByClient[how](matter.client_id, matter);
      this.#searchTexts.delete(matter.client_id);
    } else if (kind === "contact") {
      const contact = record as FirmContact;
      this.#peopleByCompany[how](contact.company_id, contact);
      this.#forgetTexts(contact);
    }
  }

  #forgetTexts({ id }: FirmContact): void {
    this.#searchTexts.delete(id);
    for (const person of this.#peopleByCompany.of(id)) this.#searchTexts.delete(person.id);
  }
}
