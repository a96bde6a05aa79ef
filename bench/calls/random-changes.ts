import { company, type FirmContact, matter, person } from "../../sandbox/firms/firm.ts";
import type { FirmChanges } from "../../sandbox/firms/firm-changes.ts";
import { personName } from "../../sandbox/firms/generated-names.ts";
import { type Random, weighted } from "../../sandbox/firms/random.ts";
import { withoutAccents } from "../accuracy/spoken-name.ts";
import type { RequestSubjects } from "./random-requests.ts";
import { formatUsNumber, type SearchableFirm } from "./searchable-firm.ts";

const FIRST_NEW_CONTACT = 2_800_000_001;
const FIRST_NEW_MATTER = 8_000_001;

const randomChangeKind = weighted<keyof RandomChanges["changeKinds"]>([
  ["renumber", 20],
  ["renumberToAnothers", 6],
  ["loseNumbers", 4],
  ["rename", 8],
  ["becomeClient", 6],
  ["add", 12],
  ["remove", 6],
  ["reassign", 14],
  ["openOrClose", 10],
  ["giveToAnother", 6],
  ["addMatter", 6],
  ["removeMatter", 4],
]);

/** Makes random changes to a generated firm in the sandbox, of the kinds that affect calls, and keeps track of their result. */
export class RandomChanges {
  /** Users who are never changed. */
  readonly unchangedUsers = new Set<number>();
  readonly #generated: SearchableFirm;
  readonly #changes: FirmChanges;
  readonly #random: Random;
  readonly #numbers: Map<number, string[]>;
  readonly #unknownNumbers: string[];
  readonly #unknownIds: number[] = [];
  #added = 0;

  constructor(generated: SearchableFirm, changes: FirmChanges, random: Random) {
    this.#generated = generated;
    this.#changes = changes;
    this.#random = random;
    this.#numbers = new Map([...generated.lines].map(([id, lines]) => [id, lines.map(({ e164 }) => e164)]));
    this.#unknownNumbers = Array.from({ length: 20 }, () => generated.unusedNumber());
  }

  get subjects(): RequestSubjects {
    return {
      firm: this.#generated.firm,
      numbers: this.#numbers,
      unknownNumbers: this.#unknownNumbers,
      unknownIds: this.#unknownIds,
    };
  }

  /** Makes one change that webhooks report. */
  change(): void {
    this.changeKinds[randomChangeKind(this.#random)]();
  }

  /** Changes a user's number, name or status, which no webhook reports. */
  changeUser(): void {
    const random = this.#random;
    const user = random.pick(this.#generated.firm.users.filter(({ id }) => !this.unchangedUsers.has(id)));
    const { first, last } = personName(random);
    this.#changes.user(
      user.id,
      random.pick([
        { enabled: !user.enabled },
        { phone_number: formatUsNumber(this.#generated.unusedNumber()) },
        { name: `${first} ${last}`, first_name: first, last_name: last },
      ]),
    );
  }

  readonly changeKinds = {
    renumber: () => this.#number(this.#contact(), [this.#generated.unusedNumber()]),
    renumberToAnothers: () => {
      const [number] = this.#numbers.get(this.#contact().id) ?? [];
      this.#number(this.#contact(), number === undefined ? [] : [number]);
    },
    loseNumbers: () => this.#number(this.#contact(), []),
    rename: () => {
      const { id, type } = this.#contact();
      const names = this.#personName();
      this.#changes.contact(id, type === "Person" ? names : { name: `${names.last_name} Holdings` });
    },
    becomeClient: () => {
      const { id, is_client } = this.#contact();
      this.#changes.contact(id, { is_client: !is_client });
    },
    add: () => {
      this.#added += 1;
      const id = FIRST_NEW_CONTACT + this.#added;
      const { name, ...names } = this.#personName();
      const contact = this.#random.chance(0.8)
        ? person(id, name, { more: names })
        : company(id, `${names.last_name} Motors`);
      this.#changes.addContact(contact);
      this.#number(contact, [this.#generated.unusedNumber()]);
      this.#addMatter(contact);
    },
    remove: () => {
      const { id } = this.#contact();
      this.#unknownNumbers.push(...(this.#numbers.get(id) ?? []));
      this.#unknownIds.push(id);
      this.#numbers.delete(id);
      this.#changes.removeContact(id);
    },
    reassign: () => {
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
    this.#unknownNumbers.push(...(this.#numbers.get(contact.id) ?? []));
    this.#numbers.set(contact.id, numbers);
    this.#changes.contact(contact.id, {
      phone_numbers: numbers.map((e164, at) => ({
        id: contact.id * 10 + at,
        name: "Work" as const,
        number: formatUsNumber(e164),
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

  #personName() {
    const { first, last } = personName(this.#random);
    const [first_name, last_name] = [withoutAccents(first), withoutAccents(last)];
    return { name: `${first_name} ${last_name}`, first_name, last_name };
  }

  #contact(): FirmContact {
    return this.#random.pick(this.#generated.firm.contacts);
  }

  #matter(): number {
    return this.#random.pick(this.#generated.firm.matters).id;
  }

  #user(): number | null {
    return this.#random.chance(0.15) ? null : this.#random.pick(this.#generated.firm.users).id;
  }
}
