import fc from "fast-check";
import type { Contact } from "../../src/calls/contact.ts";
import type { Matter } from "../../src/calls/matter.ts";
import { felix, greta, user } from "./people.ts";

/** Few numbers and few names, so that contacts often share them. Ten digits each; two have the same last four digits. */
const LINES = ["4155550171", "4155550172", "2125550171", "3055550140"] as const;
const FIRST = ["Jane", "John", "Rosa"] as const;
const LAST = ["Doe", "Vega"] as const;

/** A contact whose phone fields are still empty, with its numbers and its matters in Clio. */
export interface FirmContact {
  readonly contact: Contact;
  readonly lines: readonly string[];
  readonly matters: readonly Matter[];
}

const firmContact = (id: number): fc.Arbitrary<FirmContact> =>
  fc
    .record({
      first: fc.constantFrom(...FIRST),
      last: fc.constantFrom(...LAST),
      company: fc.boolean(),
      isClient: fc.constantFrom(true, true, false, null),
      lines: fc.subarray([...LINES], { minLength: 1, maxLength: 2 }),
      matters: fc.array(matterOf, { maxLength: 2 }),
    })
    .map(({ first, last, company, isClient, lines, matters }) => ({
      contact: {
        id,
        name: company ? `${last} Partners LLC` : `${first} ${last}`,
        firstName: company ? null : first,
        lastName: company ? null : last,
        type: company ? ("Company" as const) : ("Person" as const),
        isClient,
        phoneNumbers: [],
      },
      lines,
      matters: matters.map((matter, at) => ({ ...matter, id: id * 10 + at })),
    }));

const matterOf = fc.record({
  id: fc.constant(0),
  displayNumber: fc.constantFrom("00042-Doe", null),
  description: fc.constantFrom("Estate plan", "Divorce"),
  status: fc.constantFrom("Open" as const, "Closed" as const),
  lastActivityDate: fc.constantFrom("2026-03-01", "2026-02-01", null),
  updatedAt: fc.constant(null),
  staff: fc.constantFrom(
    { responsible_staff: felix },
    { responsible_staff: greta },
    { responsible_staff: user(352, "Ida Gone", false), responsible_attorney: felix },
    {},
  ),
});

/** One to four contacts, by id. */
export const arbitraryFirm: fc.Arbitrary<FirmContact[]> = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => firmContact(at + 1))));

/** A caller ID, last four digits, or a number that no contact has. */
export const arbitraryCallerId = fc.constantFrom(
  ...LINES.map((line) => `+1${line}`),
  "0171",
  "0140",
  "9999",
  "+14155559999",
  "anonymous",
);

export const arbitrarySpokenName = fc.constantFrom(
  null,
  "Jane Doe",
  "Jane",
  "Doe",
  "Jhon Doe",
  "Vega Partners",
  "Bob Reid",
);

/** Ways to type a whole number. A number without its area code follows another rule. */
export const typingStyle: fc.Arbitrary<(line: string) => string> = fc.constantFrom(
  ...[
    (a: string, b: string, c: string) => `(${a}) ${b}-${c}`,
    (a: string, b: string, c: string) => `${a}.${b}.${c} x204`,
    (a: string, b: string, c: string) => `+1${a}${b}${c}`,
    (a: string, b: string, c: string) => `1-${a}-${b}-${c}`,
    (a: string, b: string, c: string) => `cell: ${a} ${b} ${c} (after 5)`,
    (a: string, b: string, c: string) => `${a}${b}${c}, ext. 12`,
    (a: string, b: string, c: string) => `${a}/${b}-${c.slice(0, 2)} ${c.slice(2)}`,
    (a: string, b: string, c: string) => `001 ${a} ${b}${c}`,
  ].map((style) => (line: string) => style(line.slice(0, 3), line.slice(3, 6), line.slice(6))),
);

/** The contacts, with their numbers typed in one style. */
export function withTypedNumbers(firm: readonly FirmContact[], style: (line: string) => string): Contact[] {
  return firm.map(({ contact, lines }) => ({ ...contact, phoneNumbers: lines.map((line) => style(line)) }));
}

/** The contacts, with the numbers of some of them typed without the area code. */
export const arbitraryTypedFirm: fc.Arbitrary<{ firm: FirmContact[]; contacts: Contact[] }> = fc
  .tuple(arbitraryFirm, fc.subarray([1, 2, 3, 4]), typingStyle)
  .map(([firm, withoutAreaCode, style]) => ({
    firm,
    contacts: firm.flatMap((one) =>
      withTypedNumbers(
        [one],
        withoutAreaCode.includes(one.contact.id) ? (line) => `${line.slice(3, 6)}-${line.slice(6)}` : style,
      ),
    ),
  }));

export function mattersByContact(firm: readonly FirmContact[]): Map<number, readonly Matter[]> {
  return new Map(firm.map(({ contact, matters }) => [contact.id, matters]));
}

/** A contact that no number and no name here fits, although Clio's search may find the digits in it. */
export const unrelatedContact: fc.Arbitrary<Contact> = fc.record({
  id: fc.constantFrom(0, 99),
  name: fc.constantFrom("Zebulon Quist", "0171 Quist LLC", null),
  firstName: fc.constant(null),
  lastName: fc.constant(null),
  type: fc.constantFrom("Person" as const, "Company" as const, null),
  isClient: fc.constantFrom(true, false, null),
  phoneNumbers: fc.subarray(
    ["415 555 0123", "415 555 0123 x0171", "x0140", "171", "0171 415 555 0123 99 0"],
    {
      maxLength: 3,
    },
  ),
});
