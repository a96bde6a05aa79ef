import { Collection } from "./collection.ts";
import type { Firm, FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";

/**
 * A firm's records, ready to be looked up, paged and searched.
 *
 * A record may be changed in place while the sandbox runs (a status, who is responsible); as in Clio its
 * `updated_at` has to change with it, or the text search goes on finding the old words. Records are not
 * added, removed or given to another client that way.
 */
export class FirmRecords {
  readonly account: Firm["account"];
  readonly users: Collection<FirmUser>;
  readonly contacts: Collection<FirmContact>;
  readonly matters: Collection<FirmMatter>;
  readonly activities: Collection<FirmActivity>;
  readonly documents: Collection<FirmDocument>;
  readonly folders: Collection<FirmFolder>;
  readonly #mattersByClient = new Map<number, number[]>();
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
    for (const id of this.matters.ids) {
      const client = this.matters.get(id)?.client_id ?? 0;
      const ids = this.#mattersByClient.get(client);
      if (ids) ids.push(id);
      else this.#mattersByClient.set(client, [id]);
    }
    for (const folder of this.folders.byId.values()) {
      if (!folder.root) continue;
      if (folder.matter_id !== null) this.#rootFolders.set(`matter ${folder.matter_id}`, folder);
      else this.#rootFolders.set(`contact ${folder.contact_id}`, folder);
    }
  }

  /** Ids of a contact's matters, ascending. */
  mattersOf(clientId: number): readonly number[] {
    return this.#mattersByClient.get(clientId) ?? [];
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
      ...this.mattersOf(contact.id).map((id) => {
        const matter = this.matters.get(id);
        return `${matter?.display_number} ${matter?.description}`;
      }),
      this.contacts.get(contact.company_id)?.name,
    ]
      .join("\n")
      .toLowerCase();
    this.#searchTexts.set(contact.id, { updatedAt: contact.updated_at, text });
    return text;
  }
}
