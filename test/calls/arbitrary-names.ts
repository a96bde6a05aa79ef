import fc from "fast-check";
import type { Contact } from "../../src/calls/contact.ts";
import { company, person } from "./people.ts";

/** First names in Clio, and other ways to say each. */
const GIVEN: readonly (readonly [inClio: string, ...said: string[]])[] = [
  ["Jane"],
  ["Anne-Marie", "Anne Marie", "Annemarie", "Anne"],
  ["Mary Ann", "Maryann", "Mary"],
  ["J.R.", "JR", "J. R."],
  ["Inés", "Ines"],
  ["小龙"],
  ["Ms. Jane", "Jane"],
  ["Jane Alice", "Jane", "Janealice"],
];

const FAMILY: readonly (readonly [inClio: string, ...said: string[]])[] = [
  ["Doe"],
  ["Smith-Jones", "Smith Jones", "Smithjones"],
  ["García López", "Garcia Lopez", "Garcialopez"],
  ["de la Cruz", "Delacruz"],
  ["O’Brien", "OBrien", "O Brien", "O'Brien"],
  ["Doe Jr.", "Doe", "Doe Junior", "Doe Jr"],
  ["Núñez", "Nunez"],
  ["Doe, Esq.", "Doe"],
  ["李"],
];

const COMPANIES: readonly (readonly [inClio: string, ...said: string[]])[] = [
  ["Acme Industries, L.L.C.", "Acme Industries", "acme industries llc", "the Acme Industries company"],
  ["Smith & Sons Ltd.", "Smith and Sons", "Smith Sons"],
  ["Doe LLC", "Doe", "Doe L L C"],
  ["The Company Inc", "the company", "The Company Inc"],
  ["Jane Doe, P.A.", "Jane Doe"],
  ["At Home Care Inc.", "At Home Care", "at home care incorporated"],
];

const MIDDLE = ["", "", "Alice", "A.", "Beth", "B", "Maria Luisa"];
const TITLES = ["", "", "Ms. ", "Dr ", "Sir ", "Mrs. "];
const SUFFIXES = ["", "", " Esq.", ", Esq.", " PhD", " Junior"];

/** A contact, and its name as a caller may say it. */
export interface NamedContact {
  readonly contact: Contact;
  readonly said: string;
}

const words = (...parts: readonly string[]) => parts.filter(Boolean).join(" ");

const spelled = (name: string) => `${name}, ${[...name.replace(/\W/g, "").toUpperCase()].join("-")}`;

const namedPerson: fc.Arbitrary<NamedContact> = fc
  .record({
    given: fc.constantFrom(...GIVEN).chain((one) => fc.tuple(fc.constant(one[0]), fc.constantFrom(...one))),
    family: fc.constantFrom(...FAMILY).chain((one) => fc.tuple(fc.constant(one[0]), fc.constantFrom(...one))),
    inClio: fc.constantFrom(
      "both",
      "both",
      "full name",
      "last name first",
      "both and full name",
      "first",
      "last",
    ),
    type: fc.constantFrom("Person" as const, "Person" as const, null),
    middle: fc.constantFrom(...MIDDLE),
    title: fc.constantFrom(...TITLES),
    said: fc.record({
      middle: fc.constantFrom(...MIDDLE),
      title: fc.constantFrom(...TITLES),
      suffix: fc.constantFrom(...SUFFIXES),
      order: fc.constantFrom("as usual", "as usual", "with a comma", "without one"),
      spelling: fc.constantFrom("", "", "", "last", "both"),
    }),
  })
  .map(({ given, family, inClio, type, middle, title, said }) => {
    const [firstName, saidGiven] = given;
    const [lastName, saidFamily] = family;
    const full = `${title}${words(firstName, middle, lastName)}`;
    const contact = {
      ...person(1, full),
      type,
      firstName: null as string | null,
      lastName: null as string | null,
    };
    if (inClio.startsWith("both")) Object.assign(contact, { firstName, lastName });
    if (inClio === "first") Object.assign(contact, { firstName });
    if (inClio === "last") Object.assign(contact, { lastName });
    if (inClio === "both") contact.name = words(firstName, lastName);
    if (inClio === "last name first") contact.name = `${lastName}, ${words(firstName, middle)}`;
    const first = words(saidGiven, said.middle);
    const last = said.spelling === "last" ? spelled(saidFamily) : `${saidFamily}${said.suffix}`;
    const inOrder = {
      "as usual": `${said.title}${words(first, last)}`,
      "with a comma": `${last}, ${said.title}${first}`,
      "without one": words(last, `${said.title}${first}`),
    }[said.order];
    return { contact, said: said.spelling === "both" ? spelled(inOrder ?? "") : (inOrder ?? "") };
  });

const namedCompany: fc.Arbitrary<NamedContact> = fc
  .record({
    name: fc
      .constantFrom(...COMPANIES)
      .chain((one) => fc.tuple(fc.constant(one[0]), fc.constantFrom(...one))),
    type: fc.constantFrom("Company" as const, "Company" as const, null),
    caller: fc.constantFrom("", "", "", "Rosa Vega from ", "Rosa Vega at ", "Rosa, "),
  })
  .map(({ name: [inClio, said], type, caller }) => ({
    contact: { ...company(1, inClio), type },
    said: `${caller}${said}`,
  }));

/** What callers say around a name, and how a voice system transcribes it. */
const phrasing = fc.constantFrom<(said: string) => string>(
  ...[
    (said: string) => said,
    (said: string) => said,
    (said: string) => said.toUpperCase(),
    (said: string) => said.toLowerCase(),
    (said: string) => said.normalize("NFD"),
    (said: string) => `my name is ${said}`,
    (said: string) => `This is ${said}.`,
    (said: string) => `${said} from Acme Industries`,
    (said: string) => `${said} calling about my case`,
    (said: string) => `  ${said.replaceAll(" ", "   ")} `,
  ],
);

/** A person or company, and its name as a caller says it. */
export const namedContact: fc.Arbitrary<NamedContact> = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: namedPerson }, namedCompany), phrasing)
  .map(([{ contact, said }, phrase]) => ({ contact, said: phrase(said) }));
