import type { Firm, FirmContact, FirmMatter } from "../../sandbox/firms/firm.ts";
import { type Random, weighted } from "../../sandbox/firms/random.ts";
import { mishear } from "../accuracy/spoken-name.ts";

/** What requests are about: a firm, and its contacts' numbers. */
export interface RequestSubjects {
  readonly firm: Firm;
  /** In E.164, by contact ID. */
  readonly numbers: ReadonlyMap<number, readonly string[]>;
  /** Numbers and IDs that no contact has, or no longer. */
  readonly unknownNumbers: readonly string[];
  readonly unknownIds: readonly number[];
}

const randomRequestKind = weighted<
  "route" | "route, last four" | "phone" | "last four" | "staff" | "name alone"
>([
  ["route", 30],
  ["route, last four", 12],
  ["phone", 15],
  ["last four", 15],
  ["staff", 20],
  ["name alone", 8],
]);
const randomNameKind = weighted<"none" | "right" | "misheard" | "another's">([
  ["none", 45],
  ["right", 30],
  ["misheard", 15],
  ["another's", 10],
]);
const randomMatterKind = weighted<"none" | "number" | "display number" | "words" | "unknown">([
  ["none", 50],
  ["number", 15],
  ["display number", 10],
  ["words", 20],
  ["unknown", 5],
]);
const UNKNOWN_SHARE = 0.04;

/** A random request of the receptionist: the path with its query. */
export function randomRequest(subjects: RequestSubjects, random: Random): string {
  const contact = random.pick(subjects.firm.contacts);
  const kind = randomRequestKind(random);
  if (kind === "staff") return staffRequest(subjects, contact, random);
  if (kind === "name alone")
    return pathOf("/route-call", { caller_id: "anonymous", name: nameOf(contact, subjects, random) });

  const number = numberOf(contact, subjects, random);
  const name = nameOf(contact, subjects, random);
  const lastFour = number.slice(-4);
  switch (kind) {
    case "route":
      return pathOf("/route-call", { caller_id: number, name, matter: matterOf(contact, subjects, random) });
    case "route, last four":
      return pathOf("/route-call", { caller_id: lastFour, name });
    case "phone":
      return pathOf("/lookup-contact", { phone: number, name });
    case "last four":
      return pathOf("/lookup-contact", { last_4: lastFour, name });
  }
}

function staffRequest(subjects: RequestSubjects, contact: FirmContact, random: Random): string {
  const isUnknown = subjects.unknownIds.length > 0 && random.chance(UNKNOWN_SHARE);
  const id = isUnknown ? random.pick(subjects.unknownIds) : contact.id;
  const matter = matterOf(contact, subjects, random);
  return pathOf("/responsible-staff", { clio_contact_id: String(id), matter });
}

function numberOf({ id }: FirmContact, subjects: RequestSubjects, random: Random): string {
  const own = subjects.numbers.get(id) ?? [];
  const isUnknown = own.length === 0 || random.chance(UNKNOWN_SHARE);
  return random.pick(isUnknown ? subjects.unknownNumbers : own);
}

function nameOf({ name }: FirmContact, { firm }: RequestSubjects, random: Random): string | null {
  switch (randomNameKind(random)) {
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

function matterOf({ id }: FirmContact, { firm }: RequestSubjects, random: Random): string | null {
  const own = random.chance(0.8) ? firm.matters.filter(({ client_id }) => client_id === id) : [];
  const matter: FirmMatter = random.pick(own.length > 0 ? own : firm.matters);
  switch (randomMatterKind(random)) {
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
