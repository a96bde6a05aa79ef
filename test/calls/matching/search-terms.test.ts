import { describe, expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { isFullName } from "../../../src/calls/matching/names/caller-name.ts";
import {
  contactTerms,
  nameTerms,
  numberTerms,
  SEARCH_TERMS_VERSION,
} from "../../../src/calls/matching/search-terms.ts";
import { company, person } from "../people.ts";

const shareTerm = (one: readonly string[], other: readonly string[]) =>
  one.some((term) => other.includes(term));

describe("the terms of a contact", () => {
  // Existing mirrors contain these terms. When you change them, raise the version, here as well.
  test("are those of the current version", () => {
    expect(SEARCH_TERMS_VERSION).toBe(1);
    const maryAnn = {
      ...person(1, "Mary Ann O\u2019Brien", "(415) 555-0171 x204", "555-0160"),
      firstName: "Mary Ann",
      lastName: "O\u2019Brien",
    };
    expect(contactTerms(maryAnn, "US")).toEqual([
      "whole +14155550171",
      "whole, by its end 0171",
      "end 0160",
      "name mary obrien",
      "name maryann obrien",
    ]);
    expect(contactTerms(company(2, "The Acme Industries, L.L.C.", "020 7946 0958"), "GB")).toEqual([
      "whole +442079460958",
      "whole, by its end 0958",
      "name acmeindustries",
    ]);
    expect(numberTerms({ lastFour: "0171" })).toEqual(["whole, by its end 0171", "end 0171"]);
    expect(numberTerms({ lastFour: "0171", e164: "+14155550171" })).toEqual([
      "whole +14155550171",
      "end 0171",
    ]);
  });

  test("are none for a contact without number and name", () => {
    const hidden: Contact = { ...person(1, "x"), name: null, firstName: null, lastName: null };
    expect(contactTerms(hidden, "US")).toEqual([]);
    expect(contactTerms({ ...hidden, phoneNumbers: ["171", "x0171", "none", ""] }, "US")).toEqual([]);
    expect(contactTerms({ ...hidden, name: "  " }, "US")).toEqual([]);
    expect(contactTerms({ ...hidden, type: "Company" }, "US")).toEqual([]);
  });

  test("depend on the firm's country", () => {
    const typed = person(1, "Jane Doe", "020 7946 0958");
    expect(contactTerms(typed, "GB")).toContain("whole +442079460958");
    expect(contactTerms(typed, "US")).not.toContain("whole +442079460958");
  });

  test("include every number of every field", () => {
    const terms = contactTerms(person(1, "Jane Doe", "415-555-0101 / 0102", "212 555 0103 or 0104"), "US");
    for (const term of ["whole +14155550101", "end 0102", "whole +12125550103", "end 0104"])
      expect(terms).toContain(term);
  });
});

describe("the terms of a number", () => {
  const { lastFour, e164 } = { lastFour: "0171", e164: "+14155550171" };
  const has = (typed: string) => contactTerms(person(1, "Jane Doe", typed), "US");

  test.each<[typed: string, byWhole: boolean, byEnd: boolean]>([
    ["(415) 555-0171", true, true],
    ["555-0171", true, true],
    ["0171", true, true],
    // Another whole number with the same ending is not found by the whole number.
    ["212 555 0171", false, true],
    ["(415) 555-0172", false, false],
    ["415 555 0172 x0171", false, false],
  ])("%s", (typed, byWhole, byEnd) => {
    expect(shareTerm(has(typed), numberTerms({ lastFour, e164 }))).toBe(byWhole);
    expect(shareTerm(has(typed), numberTerms({ lastFour }))).toBe(byEnd);
  });
});

describe("the terms of a name", () => {
  test.each<[said: string, contact: Contact]>([
    ["Jane Doe", person(1, "Jane Doe")],
    ["Doe, Jane Alice", person(1, "Jane Doe")],
    ["de la Cruz Ines", { ...person(1, "Inés de la Cruz"), firstName: "Inés", lastName: "de la Cruz" }],
    ["Annemarie Roy", { ...person(1, "Anne-Marie Roy"), firstName: "Anne-Marie", lastName: "Roy" }],
    ["Jane Doe from Acme", person(1, "Jane Doe")],
    ["Jane Doe from Acme Industries", company(2, "Acme Industries LLC")],
    ["the Acme Industries company", company(2, "Acme Industries LLC")],
    ["李 小龙", { ...person(1, "小龙 李"), firstName: "小龙", lastName: "李" }],
  ])("%j has a term in common with the contact of that name", (said, contact) => {
    expect(isFullName(said, contact)).toBe(true);
    expect(shareTerm(nameTerms(said), contactTerms(contact, "US"))).toBe(true);
  });

  test("are never terms of a number, whatever is said", () => {
    const jane = person(1, "0171 +14155550171", "(415) 555-0171");
    for (const said of ["0171", "whole +14155550171", "end 0171", "+14155550171"])
      for (const term of nameTerms(said)) expect(term).toMatch(/^name /);
    expect(contactTerms(jane, "US").filter((term) => !term.startsWith("name "))).toEqual([
      "whole +14155550171",
      "whole, by its end 0171",
    ]);
  });

  test("are few for a long text, and none for an empty one", () => {
    expect(nameTerms("???")).toEqual([]);
    expect(nameTerms("")).toEqual([]);
    const terms = nameTerms("one two three four five six seven eight nine ten ".repeat(100));
    expect(terms.length).toBeLessThan(200);
    expect(new Set(terms).size).toBe(terms.length);
  });
});
