import type { Firm, FirmContact, FirmMatter } from "../../sandbox/firms/firm.ts";
import { type Random, weighted } from "../../sandbox/firms/random.ts";
import { mishear } from "../accuracy/spoken-name.ts";

/** What questions are about: a firm, and who can call from which numbers in it. */
export interface Asked {
  readonly firm: Firm;
  /** In E.164, by the contact's id. */
  readonly numbers: ReadonlyMap<number, readonly string[]>;
  /** Numbers and ids that nobody in the firm has, or not any more. */
  readonly nobodysNumbers: readonly string[];
  readonly nobodysIds: readonly number[];
}

const kindOfQuestion = weighted<
  "route" | "route, last four" | "phone" | "last four" | "staff" | "name alone"
>([
  ["route", 30],
  ["route, last four", 12],
  ["phone", 15],
  ["last four", 15],
  ["staff", 20],
  ["name alone", 8],
]);
const kindOfName = weighted<"none" | "right" | "misheard" | "another's">([
  ["none", 45],
  ["right", 30],
  ["misheard", 15],
  ["another's", 10],
]);
const kindOfMatter = weighted<"none" | "number" | "display number" | "words" | "unknown">([
  ["none", 50],
  ["number", 15],
  ["display number", 10],
  ["words", 20],
  ["unknown", 5],
]);
const FROM_NOBODY = 0.04;

/** A question that the receptionist may ask, at random: the path with its query. */
export function question(asked: Asked, random: Random): string {
  const contact = random.pick(asked.firm.contacts);
  const kind = kindOfQuestion(random);
  if (kind === "staff") return staffQuestion(asked, contact, random);
  if (kind === "name alone")
    return pathOf("/route-call", { caller_id: "anonymous", name: nameOf(contact, asked, random) });

  const number = numberOf(contact, asked, random);
  const name = nameOf(contact, asked, random);
  const lastFour = number.slice(-4);
  switch (kind) {
    case "route":
      return pathOf("/route-call", { caller_id: number, name, matter: matterOf(contact, asked, random) });
    case "route, last four":
      return pathOf("/route-call", { caller_id: lastFour, name });
    case "phone":
      return pathOf("/lookup-contact", { phone: number, name });
    case "last four":
      return pathOf("/lookup-contact", { last_4: lastFour, name });
  }
}

function staffQuestion(asked: Asked, contact: FirmContact, random: Random): string {
  const isNobody = asked.nobodysIds.length > 0 && random.chance(FROM_NOBODY);
  const id = isNobody ? random.pick(asked.nobodysIds) : contact.id;
  const matter = matterOf(contact, asked, random);
  return pathOf("/responsible-staff", { clio_contact_id: String(id), matter });
}

function numberOf({ id }: FirmContact, asked: Asked, random: Random): string {
  const own = asked.numbers.get(id) ?? [];
  const isNobodys = own.length === 0 || random.chance(FROM_NOBODY);
  return random.pick(isNobodys ? asked.nobodysNumbers : own);
}

function nameOf({ name }: FirmContact, { firm }: Asked, random: Random): string | null {
  switch (kindOfName(random)) {
    case "none":
      return null;
    case "right":
      return name;
    case "misheard":
      return mishear(name, random);
    case "another's":
      return random.pick(firm.contacts).name;
  }
}

function matterOf({ id }: FirmContact, { firm }: Asked, random: Random): string | null {
  const own = random.chance(0.8) ? firm.matters.filter(({ client_id }) => client_id === id) : [];
  const matter: FirmMatter = random.pick(own.length > 0 ? own : firm.matters);
  switch (kindOfMatter(random)) {
    case "none":
      return null;
    case "number":
      return String(matter.number);
    case "display number":
      return matter.display_number;
    case "words":
      return `my ${matter.description.toLowerCase()}`;
    case "unknown":
      return "something else entirely";
  }
}

function pathOf(path: string, parameters: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== null);
  return `${path}?${new URLSearchParams(given)}`;
}
