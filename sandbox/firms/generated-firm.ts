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
import { type FirmRelationship, relationship } from "./firm-relationships.ts";
import { companyName, firstName, lastName, personName } from "./generated-names.ts";
import { digits, GeneratedNumbers, typedNumber } from "./generated-numbers.ts";
import { type Random, seededRandom, weighted, zipf } from "./random.ts";

/** A generated firm, and the actual phone numbers behind the typed ones. */
export interface GeneratedFirm {
  readonly firm: Firm;
  /** By contact ID, in the order of its `phone_numbers`. */
  readonly lines: ReadonlyMap<number, readonly GeneratedLine[]>;
  /** A number that no contact or user has, in E.164; a new one each time. */
  unusedNumber(): string;
}

/** A contact's phone number. Contacts that share a phone have the same `e164`, each typed in its own way. */
export interface GeneratedLine {
  /** The caller ID of calls from it. */
  readonly e164: string;
  /** As typed into Clio. */
  readonly typed: string;
}

export interface GeneratedFirmOptions {
  /** At least 1. */
  contacts: number;
  /** The same seed generates the same firm. */
  seed: number;
  /** The maximum number of matters, picked evenly. Default: all, about as many as contacts. */
  matters?: number;
  /** The ID of its first user; the others have the IDs after it. Default 350. Must not overlap within a sandbox. */
  firstUser?: number;
  /**
   * The share of contacts who aren't clients but are related to others' matters, such as 0.05. Default 0: none. Changes
   * nothing else of the firm.
   */
  relatedShare?: number;
}

const FIRST_USER_ID = 350;
const FIRST_CONTACT_ID = 2_600_000_001;
const FIRST_MATTER_ID = 1_900_001;
const FIRST_RELATIONSHIP_ID = 980_001;

/**
 * Generates a law firm of any size. It has people with common names and namesakes, couples and families who share a
 * landline, companies (a fifth of the contacts) whose employees share the main line, numbers as people type them,
 * addresses and emails full of digits, and clients with several matters, some of them closed, unassigned or assigned to
 * a disabled user.
 * @example generatedFirm({ contacts: 5_000, seed: 1 })
 */
export function generatedFirm({
  contacts,
  seed,
  matters,
  firstUser = FIRST_USER_ID,
  relatedShare = 0,
}: GeneratedFirmOptions): GeneratedFirm {
  const random = seededRandom(seed);
  const numbers = new GeneratedNumbers(random);
  const users = generatedUsers(contacts, firstUser, random, numbers);
  const generator = new ContactGenerator(random, numbers);
  while (generator.contacts.length < contacts) generator.addGroup();
  for (const { id } of generator.contacts.splice(contacts)) generator.lines.delete(id);
  const picked = pickEvenly(generatedMatters(generator.contacts, users, random), matters);
  return {
    firm: {
      account: { id: 9_000_000 + seed, name: "Fairholm & Redgate LLP" },
      users,
      contacts: generator.contacts,
      matters: picked,
      // Random numbers of its own, so that the rest of the firm stays the same.
      relationships: generatedRelationships(
        generator.contacts,
        picked,
        Math.round(contacts * relatedShare),
        seededRandom(seed + 1),
      ),
    },
    lines: generator.lines,
    unusedNumber: () => numbers.next(),
  };
}

// Staff

/** About one for every 150 contacts. The first is always enabled, so that the firm can be connected. */
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

const householdSize = weighted([
  [2, 70],
  [3, 20],
  [4, 10],
] as const);
const employeeCount = weighted([
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
const numbersPerPerson = weighted([
  [1, 55],
  [2, 32],
  [3, 13],
] as const);

/** Generates contacts and their numbers, in the order in which the firm entered them. */
class ContactGenerator {
  readonly contacts: FirmContact[] = [];
  readonly lines = new Map<number, GeneratedLine[]>();
  readonly #random: Random;
  readonly #numbers: GeneratedNumbers;

  constructor(random: Random, numbers: GeneratedNumbers) {
    this.#random = random;
    this.#numbers = numbers;
  }

  /** Adds one contact, or a company or household. */
  addGroup(): void {
    const kind = kindOfGroup(this.#random);
    if (kind === "company") this.#addCompany();
    else if (kind === "household") this.#addHousehold();
    else this.#addPerson(lastName(this.#random), this.#ownLines(numbersPerPerson(this.#random)));
  }

  #addCompany(): void {
    const random = this.#random;
    const mainLine = this.#numbers.next();
    const id = this.#nextId();
    const lines = [this.#typed(mainLine), ...this.#ownLines(random.chance(0.3) ? 1 : 0)];
    this.#add(company(id, companyName(random), this.#details(id, lines)), lines, 0.75);
    for (let count = employeeCount(random); count > 0; count -= 1) {
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
    for (let count = householdSize(random); count > 0; count -= 1) {
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
    const { first, middle } = personName(random, last);
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
    return FIRST_CONTACT_ID + this.contacts.length;
  }

  #typed(e164: string, { withExtension = this.#random.chance(0.03) } = {}): GeneratedLine {
    return { e164, typed: typedNumber(e164, this.#random, { withExtension }) };
  }

  #ownLines(count: number): GeneratedLine[] {
    return Array.from({ length: count }, () => this.#typed(this.#numbers.next()));
  }

  /** An address and an email whose digits may equal the end of another contact's number. */
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

const mattersPerClient = weighted([
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
/** Most matters have an attorney, many also have staff, and some have no one. */
const roles = weighted([
  ["both", 45],
  ["attorney", 38],
  ["staff", 10],
  ["none", 7],
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

/** Most matters of one client have the same attorney and staff. */
function generatedMatters(contacts: readonly FirmContact[], users: readonly FirmUser[], random: Random) {
  const matters: FirmMatter[] = [];
  for (const client of contacts) {
    if (!client.is_client) continue;
    const usualUsers = { attorney: random.pick(users).id, staff: random.pick(users).id };
    for (let count = mattersPerClient(random); count > 0; count -= 1) {
      const { attorney, staff } = random.chance(0.75)
        ? usualUsers
        : { attorney: random.pick(users).id, staff: random.pick(users).id };
      const assigned = roles(random);
      const state = status(random);
      matters.push(
        matter(FIRST_MATTER_ID + matters.length, matters.length + 1, client, description(random), {
          status: state,
          responsible_staff_id: assigned === "both" || assigned === "staff" ? staff : null,
          responsible_attorney_id: assigned === "both" || assigned === "attorney" ? attorney : null,
          originating_attorney_id: random.chance(0.5) ? random.pick(users).id : null,
          last_activity_date: random.chance(0.9) ? randomDate(random) : null,
          pending_date: state === "Pending" ? randomDate(random) : null,
          close_date: state === "Closed" ? randomDate(random) : null,
          updated_at: `${randomDate(random)}T${String(random.integer(10, 18))}:15:00Z`,
        }),
      );
    }
  }
  return matters;
}

const relation = weighted([
  ["Spouse", 25],
  ["Opposing counsel", 20],
  ["Insurance adjuster", 15],
  ["Witness", 10],
  ["Expert", 5],
  [null, 25],
] as const);
const mattersPerRelatedContact = weighted([
  [1, 80],
  [2, 15],
  [3, 5],
] as const);

/** Relates contacts who aren't clients to matters of others. There may be fewer of them than `count`. */
function generatedRelationships(
  contacts: readonly FirmContact[],
  matters: readonly FirmMatter[],
  count: number,
  random: Random,
): FirmRelationship[] {
  const relationships: FirmRelationship[] = [];
  if (matters.length === 0) return relationships;
  for (const { id } of pickEvenly([...contacts.filter(({ is_client }) => !is_client)], count)) {
    const related = new Set<number>();
    for (let left = mattersPerRelatedContact(random); left > 0; left -= 1)
      related.add(random.pick(matters).id);
    for (const matterId of related)
      relationships.push(
        relationship(FIRST_RELATIONSHIP_ID + relationships.length, matterId, id, relation(random)),
      );
  }
  return relationships;
}

/** Picks `count` items spread evenly over the list; all of them if there are no more. */
function pickEvenly<T>(items: T[], count = items.length): T[] {
  const pickedUpTo = (at: number) => Math.floor((at * count) / items.length);
  return count < items.length ? items.filter((_, at) => pickedUpTo(at + 1) > pickedUpTo(at)) : items;
}

function randomDate(random: Random): string {
  const month = String(random.integer(1, 12)).padStart(2, "0");
  return `${random.integer(2024, 2025)}-${month}-${String(random.integer(1, 28)).padStart(2, "0")}`;
}
