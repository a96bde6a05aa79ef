import { company, type FirmContact, matter, person } from "../../sandbox/firms/firm.ts";
import type { FirmChanges } from "../../sandbox/firms/firm-changes.ts";
import { personName } from "../../sandbox/firms/generated-names.ts";
import { type Random, weighted } from "../../sandbox/firms/random.ts";
import { withoutAccents } from "../accuracy/spoken-name.ts";
import { type FindableFirm, plainlyTyped } from "./findable-firm.ts";
import type { Asked } from "./questions.ts";

const FIRST_NEW_CONTACT = 2_800_000_001;
const FIRST_NEW_MATTER = 8_000_001;

const kindOfChange = weighted<keyof RandomChanges["ways"]>([
  ["renumber", 20],
  ["renumberToAnothers", 6],
  ["loseNumbers", 4],
  ["rename", 8],
  ["becomeClient", 6],
  ["add", 12],
  ["remove", 6],
  ["handOn", 14],
  ["openOrClose", 10],
  ["giveToAnother", 6],
  ["addMatter", 6],
  ["removeMatter", 4],
]);

/** Changes at random to an invented firm in the sandbox, of the kinds that decide about calls; and what follows for questions. */
export class RandomChanges {
  /** Users whom nothing happens to. */
  readonly sparedUsers = new Set<number>();
  readonly #invented: FindableFirm;
  readonly #changes: FirmChanges;
  readonly #random: Random;
  readonly #numbers: Map<number, string[]>;
  readonly #nobodysNumbers: string[];
  readonly #nobodysIds: number[] = [];
  #added = 0;

  constructor(invented: FindableFirm, changes: FirmChanges, random: Random) {
    this.#invented = invented;
    this.#changes = changes;
    this.#random = random;
    this.#numbers = new Map([...invented.lines].map(([id, lines]) => [id, lines.map(({ e164 }) => e164)]));
    this.#nobodysNumbers = Array.from({ length: 20 }, () => invented.unusedNumber());
  }

  get asked(): Asked {
    return {
      firm: this.#invented.firm,
      numbers: this.#numbers,
      nobodysNumbers: this.#nobodysNumbers,
      nobodysIds: this.#nobodysIds,
    };
  }

  /** One change, of which webhooks tell. */
  change(): void {
    this.ways[kindOfChange(this.#random)]();
  }

  /** A user's number, name or place; no webhook tells of it. */
  changeUser(): void {
    const random = this.#random;
    const user = random.pick(this.#invented.firm.users.filter(({ id }) => !this.sparedUsers.has(id)));
    const { first, last } = personName(random);
    this.#changes.user(
      user.id,
      random.pick([
        { enabled: !user.enabled },
        { phone_number: plainlyTyped(this.#invented.unusedNumber()) },
        { name: `${first} ${last}`, first_name: first, last_name: last },
      ]),
    );
  }

  readonly ways = {
    renumber: () => this.#number(this.#contact(), [this.#invented.unusedNumber()]),
    renumberToAnothers: () => {
      const [number] = this.#numbers.get(this.#contact().id) ?? [];
      this.#number(this.#contact(), number === undefined ? [] : [number]);
    },
    loseNumbers: () => this.#number(this.#contact(), []),
    rename: () => {
      const { id, type } = this.#contact();
      const names = this.#personsNames();
      this.#changes.contact(id, type === "Person" ? names : { name: `${names.last_name} Holdings` });
    },
    becomeClient: () => {
      const { id, is_client } = this.#contact();
      this.#changes.contact(id, { is_client: !is_client });
    },
    add: () => {
      this.#added += 1;
      const id = FIRST_NEW_CONTACT + this.#added;
      const { name, ...names } = this.#personsNames();
      const contact = this.#random.chance(0.8)
        ? person(id, name, { more: names })
        : company(id, `${names.last_name} Motors`);
      this.#changes.addContact(contact);
      this.#number(contact, [this.#invented.unusedNumber()]);
      this.#addMatter(contact);
    },
    remove: () => {
      const { id } = this.#contact();
      this.#nobodysNumbers.push(...(this.#numbers.get(id) ?? []));
      this.#nobodysIds.push(id);
      this.#numbers.delete(id);
      this.#changes.removeContact(id);
    },
    handOn: () => {
      const [staff, attorney] = [this.#user(), this.#user()];
      this.#changes.matter(this.#matter(), {
        responsible_staff_id: staff,
        responsible_attorney_id: attorney,
      });
    },
    openOrClose: () => {
      const status = this.#random.pick(["Open", "Pending", "Closed"] as const);
      this.#changes.matter(this.#matter(), { status });
    },
    giveToAnother: () => {
      this.#changes.matter(this.#matter(), { client_id: this.#contact().id });
    },
    addMatter: () => this.#addMatter(this.#contact()),
    removeMatter: () => this.#changes.removeMatter(this.#matter()),
  } as const;

  #number(contact: FirmContact, numbers: string[]): void {
    this.#nobodysNumbers.push(...(this.#numbers.get(contact.id) ?? []));
    this.#numbers.set(contact.id, numbers);
    this.#changes.contact(contact.id, {
      phone_numbers: numbers.map((e164, at) => ({
        id: contact.id * 10 + at,
        name: "Work" as const,
        number: plainlyTyped(e164),
        primary: at === 0,
      })),
    });
  }

  #addMatter(client: FirmContact): void {
    this.#added += 1;
    const id = FIRST_NEW_MATTER + this.#added;
    this.#changes.addMatter(
      matter(id, id, client, "Newly opened", {
        responsible_staff_id: this.#user(),
        last_activity_date: null,
      }),
    );
  }

  #personsNames() {
    const { first, last } = personName(this.#random);
    const [first_name, last_name] = [withoutAccents(first), withoutAccents(last)];
    return { name: `${first_name} ${last_name}`, first_name, last_name };
  }

  #contact(): FirmContact {
    return this.#random.pick(this.#invented.firm.contacts);
  }

  #matter(): number {
    return this.#random.pick(this.#invented.firm.matters).id;
  }

  #user(): number | null {
    return this.#random.chance(0.15) ? null : this.#random.pick(this.#invented.firm.users).id;
  }
}
