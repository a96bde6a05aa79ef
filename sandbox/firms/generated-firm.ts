import {
  company,
  type Firm,
  type FirmContact,
  type FirmMatter,
  type FirmUser,
  matter,
  person,
  user,
} from "./firm.ts";
import { companyName, firstName, lastName, personsNames } from "./generated-names.ts";
import { digits, GeneratedNumbers, typedNumber } from "./generated-numbers.ts";
import { type Random, seededRandom, weighted, zipf } from "./random.ts";

/** An invented firm, and what only its inventor knows: which telephone stands behind what was typed. */
export interface GeneratedFirm {
  readonly firm: Firm;
  /** By the contact's id, in the order of its `phone_numbers`. */
  readonly lines: ReadonlyMap<number, readonly GeneratedLine[]>;
  /** Another number that nobody in the firm's Clio has, in E.164; each time another one. */
  strangersNumber(): string;
}

/** A number of a contact. Several contacts have one `e164` where they share the telephone, each typed in its own way. */
export interface GeneratedLine {
  /** What the caller ID shows when somebody calls from it. */
  readonly e164: string;
  /** As it stands in Clio. */
  readonly typed: string;
}

export interface GeneratedFirmOptions {
  /** How many contacts it has; at least 1. */
  contacts: number;
  /** The same seed makes the same firm. */
  seed: number;
  /** At most so many matters, picked evenly from those that it would have: about as many as contacts. */
  matters?: number;
  /** The id of its first user, who has the following ones after them; default 350. Firms in one sandbox share none. */
  firstUser?: number;
}

const FIRST_USER = 350;
const FIRST_CONTACT = 2_600_000_001;
const FIRST_MATTER = 1_900_001;

/**
 * A law firm of any size, the same for the same seed: people with common names and namesakes, couples and families on
 * one landline, a fifth of the contacts companies, with employees who share the main line; numbers as people type
 * them; addresses and e-mails full of digits; clients with several matters, of which some are closed, some have
 * somebody in no role, and some have somebody who has left.
 * @example generatedFirm({ contacts: 5_000, seed: 1 })
 */
export function generatedFirm({
  contacts,
  seed,
  matters,
  firstUser = FIRST_USER,
}: GeneratedFirmOptions): GeneratedFirm {
  const random = seededRandom(seed);
  const numbers = new GeneratedNumbers(random);
  const users = generatedUsers(contacts, firstUser, random, numbers);
  const everybody = new Everybody(random, numbers);
  while (everybody.contacts.length < contacts) everybody.addSome();
  for (const { id } of everybody.contacts.splice(contacts)) everybody.lines.delete(id);
  return {
    firm: {
      account: { id: 9_000_000 + seed, name: "Fairholm & Redgate LLP" },
      users,
      contacts: everybody.contacts,
      matters: evenly(generatedMatters(everybody.contacts, users, random), matters),
    },
    lines: everybody.lines,
    strangersNumber: () => numbers.next(),
  };
}

// Staff

/** One for every 150 contacts or so. The first is enabled: somebody has to connect the firm. */
function generatedUsers(
  contacts: number,
  firstUser: number,
  random: Random,
  numbers: GeneratedNumbers,
): FirmUser[] {
  const count = Math.min(120, 6 + Math.ceil(contacts / 150));
  return Array.from({ length: count }, (_, at) => {
    const fullName = `${firstName(random)} ${lastName(random)}`;
    const attorney = random.chance(0.45);
    return user(firstUser + at, fullName, {
      email: `user${at}@fairholm.example`,
      phone_number: random.chance(0.9) ? typedNumber(numbers.next(), random) : null,
      enabled: at === 0 || random.chance(0.92),
      subscription_type: attorney ? "Attorney" : "NonAttorney",
      account_owner: at === 0,
    });
  });
}

// Contacts

const household = weighted([
  [2, 70],
  [3, 20],
  [4, 10],
] as const);
const employees = weighted([
  [0, 35],
  [1, 25],
  [2, 20],
  [3, 12],
  [4, 8],
] as const);
const kindOfGroup = weighted([
  ["company", 31],
  ["household", 10],
  ["single", 59],
] as const);
const numbersEach = weighted([
  [1, 55],
  [2, 32],
  [3, 13],
] as const);

/** Contacts in the order in which the firm entered them, and their numbers. */
class Everybody {
  readonly contacts: FirmContact[] = [];
  readonly lines = new Map<number, GeneratedLine[]>();
  readonly #random: Random;
  readonly #numbers: GeneratedNumbers;

  constructor(random: Random, numbers: GeneratedNumbers) {
    this.#random = random;
    this.#numbers = numbers;
  }

  /** One more contact, or several who belong together. */
  addSome(): void {
    const kind = kindOfGroup(this.#random);
    if (kind === "company") this.#addCompany();
    else if (kind === "household") this.#addHousehold();
    else this.#addPerson(lastName(this.#random), this.#ownLines(numbersEach(this.#random)));
  }

  #addCompany(): void {
    const random = this.#random;
    const mainLine = this.#numbers.next();
    const id = this.#nextId();
    const lines = [this.#typed(mainLine), ...this.#ownLines(random.chance(0.3) ? 1 : 0)];
    this.#add(company(id, companyName(random), this.#details(id, lines)), lines, 0.75);
    for (let count = employees(random); count > 0; count -= 1) {
      const own = [
        this.#typed(mainLine, { withExtension: random.chance(0.5) }),
        ...this.#ownLines(random.chance(0.6) ? 1 : 0),
      ];
      this.#addPerson(lastName(random), own, { clientChance: 0.15, companyId: id });
    }
  }

  #addHousehold(): void {
    const random = this.#random;
    const landline = this.#numbers.next();
    const family = lastName(random);
    for (let count = household(random); count > 0; count -= 1) {
      const own = this.#ownLines(random.chance(0.7) ? 1 : 0);
      this.#addPerson(random.chance(0.85) ? family : lastName(random), [this.#typed(landline), ...own]);
    }
  }

  #addPerson(
    last: string,
    lines: GeneratedLine[],
    { clientChance = 0.7, companyId = null }: { clientChance?: number; companyId?: number | null } = {},
  ): void {
    const random = this.#random;
    const id = this.#nextId();
    const { first, middle } = personsNames(random, last);
    const name = [first, middle, last].filter((part) => part !== null).join(" ");
    const names = { name, first_name: first, middle_name: middle, last_name: last };
    const details = { ...this.#details(id, lines), more: { ...names, company_id: companyId } };
    this.#add(person(id, name, details), lines, clientChance);
  }

  #add(contact: FirmContact, lines: GeneratedLine[], clientChance: number): void {
    contact.is_client = this.#random.chance(clientChance);
    this.contacts.push(contact);
    this.lines.set(contact.id, lines);
  }

  #nextId(): number {
    return FIRST_CONTACT + this.contacts.length;
  }

  #typed(e164: string, { withExtension = this.#random.chance(0.03) } = {}): GeneratedLine {
    return { e164, typed: typedNumber(e164, this.#random, { withExtension }) };
  }

  #ownLines(count: number): GeneratedLine[] {
    return Array.from({ length: count }, () => this.#typed(this.#numbers.next()));
  }

  /** An address and an e-mail, in which the last four digits of somebody else's number turn up. */
  #details(id: number, lines: readonly GeneratedLine[]) {
    const random = this.#random;
    const emails = [
      `${random.pick(["info", "mail", "c", "me"])}${digits(random, 4)}.${id % 1000}@mail.example`,
    ];
    return {
      phones: lines.map(({ typed }) => typed),
      emails: random.chance(0.7) ? emails : [],
      address: {
        street: `${random.integer(1, 14_999)} ${random.pick(["Oak", "Main", "Cedar", "Mission"])} Street`,
        postal_code: `9${digits(random, 4)}`,
      },
    };
  }
}

// Matters

const mattersEach = weighted([
  [1, 55],
  [2, 25],
  [3, 13],
  [4, 7],
] as const);
const status = weighted([
  ["Open", 58],
  ["Pending", 10],
  ["Closed", 32],
] as const);
/** Who stands on a matter: often a paralegal, nearly always an attorney, sometimes nobody. */
const roles = weighted([
  ["both", 45],
  ["attorney", 38],
  ["staff", 10],
  ["nobody", 7],
] as const);
const description = zipf([
  "Estate plan",
  "Personal injury",
  "Divorce",
  "Lease dispute",
  "Immigration",
  "Contract review",
  "Bankruptcy, chapter 7",
  "Trust 2019",
  "Wage claim",
  "DUI",
]);

/** Matters of clients; most of one client's lead to the same attorney. */
function generatedMatters(contacts: readonly FirmContact[], users: readonly FirmUser[], random: Random) {
  const matters: FirmMatter[] = [];
  for (const client of contacts) {
    if (!client.is_client) continue;
    const usual = { attorney: random.pick(users).id, staff: random.pick(users).id };
    for (let count = mattersEach(random); count > 0; count -= 1) {
      const { attorney, staff } = random.chance(0.75)
        ? usual
        : { attorney: random.pick(users).id, staff: random.pick(users).id };
      const who = roles(random);
      const state = status(random);
      matters.push(
        matter(FIRST_MATTER + matters.length, matters.length + 1, client, description(random), {
          status: state,
          responsible_staff_id: who === "both" || who === "staff" ? staff : null,
          responsible_attorney_id: who === "both" || who === "attorney" ? attorney : null,
          originating_attorney_id: random.chance(0.5) ? random.pick(users).id : null,
          last_activity_date: random.chance(0.9) ? someDay(random) : null,
          pending_date: state === "Pending" ? someDay(random) : null,
          close_date: state === "Closed" ? someDay(random) : null,
          updated_at: `${someDay(random)}T${String(random.integer(10, 18))}:15:00Z`,
        }),
      );
    }
  }
  return matters;
}

/** So many of the items, spread over all of them; all where they are not more. */
function evenly<T>(items: T[], count = items.length): T[] {
  const upTo = (at: number) => Math.floor((at * count) / items.length);
  return count < items.length ? items.filter((_, at) => upTo(at + 1) > upTo(at)) : items;
}

function someDay(random: Random): string {
  const month = String(random.integer(1, 12)).padStart(2, "0");
  return `${random.integer(2024, 2025)}-${month}-${String(random.integer(1, 28)).padStart(2, "0")}`;
}
