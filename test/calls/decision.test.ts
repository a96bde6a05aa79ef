import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOBODY_AWAY } from "../../src/calls/absence.ts";
import type { Contact } from "../../src/calls/contact.ts";
import { CALLER_RULES, type Decision, MATTER_RULES, PERSON_RULES } from "../../src/calls/decision.ts";
import { findResponsibleStaff } from "../../src/calls/find-responsible-staff.ts";
import { lookupContact } from "../../src/calls/lookup-contact.ts";
import { readPhoneNumber } from "../../src/calls/matching/phone-number.ts";
import type { Matter } from "../../src/calls/matter.ts";
import { routeCall } from "../../src/calls/route-call.ts";
import type { Directory } from "../../src/directory/directory.ts";
import {
  arbitraryCallerId,
  arbitrarySpokenName,
  arbitraryTypedFirm,
  mattersByContact,
} from "./arbitrary-firm.ts";
import { company, felix, greta, matter, person } from "./people.ts";

const RULES = {
  defaultCountry: "US",
  staffRoles: ["responsible_staff", "responsible_attorney"],
  greetByName: false,
  routeByName: true,
} as const;

function directoryOf(contacts: readonly Contact[], matters: ReadonlyMap<number, readonly Matter[]>) {
  return {
    contactsByNumber: async () => [...contacts],
    contactsByName: async () => [...contacts],
    mattersOf: async (id) => [...(matters.get(id) ?? [])],
    relatedMattersOf: async () => [],
    absencesOf: async () => NOBODY_AWAY,
  } satisfies Directory;
}

function clues(number: string, name: string | null = null, requested: string | null = null) {
  const reading = readPhoneNumber(number, "US");
  if (reading.kind === "unreadable") throw new Error(number);
  return { number: reading, name, matter: requested };
}

const HOME = "415 555 0171";
const jane = person(1, "Jane Doe", HOME, "212 555 0110");
const john = person(2, "John Doe", HOME);
const daniel = person(3, "Daniel Vega", HOME);
const acme = company(4, "Acme LLC", HOME);
const local = person(5, "Gail Lunt", "555-0171");
const other = (contact: Contact): Contact => ({ ...contact, isClient: false });
const staffOf = (...people: (typeof felix | null)[]): Matter["staff"] => ({
  responsible_staff: people[0] ?? null,
  responsible_attorney: people[1] ?? null,
});

describe("the rule that identified the caller", () => {
  const felixs = [matter(11)];
  const gretas = [matter(12, { staff: staffOf(greta) })];
  const many = Array.from({ length: 11 }, (_, at) => person(at + 20, `Jo Lunt${at}`, HOME));

  test.each<
    [
      rule: Decision["caller"],
      number: string,
      name: string | null,
      contacts: Contact[],
      matters?: Record<number, Matter[]>,
    ]
  >([
    ["unique_number", "+12125550110", null, [jane, john]],
    ["unique_number", "+12125550110", "Somebody Else", [jane, john]],
    ["unique_ending", "0110", null, [jane, john]],
    ["unique_ending", "0110", "Jane", [jane, john]],
    ["unique_ending", "+14155550171", null, [local]],
    ["ending_and_name", "0110", "Jane Doe", [jane, john]],
    ["name_decides", "+14155550171", "Jane", [jane, john]],
    ["name_decides", "0171", "Jane Doe", [jane, john]],
    ["name_excludes_others", "+14155550171", "Dan Vega", [jane, daniel, john]],
    ["client_first", "+14155550171", null, [jane, other(john)]],
    ["live_matter_first", "+14155550171", null, [jane, john], { 1: felixs }],
    ["company_first", "+14155550171", null, [jane, acme], { 1: felixs, 4: felixs }],
    // the rule that leaves one contact, not the first that excludes someone
    ["live_matter_first", "+14155550171", null, [jane, john, other(daniel)], { 1: felixs }],
    ["same_person", "+14155550171", null, [jane, john], { 1: felixs, 2: felixs }],
    ["name_alone", "anonymous", "Jane Doe", [jane, john]],
    ["name_alone", "+13055550199", "Jane Doe", [jane, john]],
    ["withheld", "anonymous", null, [jane]],
    ["withheld", "anonymous", "Jane", [jane]],
    ["unknown_number", "+13055550199", null, [jane]],
    ["other_name", "0110", "Rosa Lang", [jane]],
    ["shared_ending", "0171", null, [jane, john]],
    ["shared_number", "+14155550171", null, [jane, john], { 1: felixs, 2: gretas }],
    ["missing_area_code", "+14155550171", null, [other(jane), local]],
    ["switchboard", "+14155550171", null, many],
    ["client_first", "+14155550171", null, [jane, ...many.map(other)]],
  ])("%s: %s, %j", async (rule, number, name, contacts, matters = {}) => {
    const byContact = new Map(Object.entries(matters).map(([id, list]) => [Number(id), list]));
    const directory = directoryOf(contacts, byContact);
    expect((await routeCall(directory, RULES, clues(number, name))).decision.caller).toBe(rule);
    expect((await lookupContact(directory, RULES, clues(number, name))).decision).toEqual({
      caller: rule,
      matter: null,
      person: null,
    });
  });
});

describe("the rules that chose the matter and the person", () => {
  const none = { staff: {} };
  test.each<
    [matterRule: Decision["matter"], personRule: Decision["person"], matters: Matter[], requested?: string]
  >([
    ["only_matter", "first_role", [matter(42)]],
    ["only_matter", "first_role", [matter(42, { status: "Closed" })]],
    ["only_matter", "next_role", [matter(42, { staff: staffOf(null, greta) })]],
    ["only_matter", "next_role", [matter(42, { staff: staffOf({ ...felix, enabled: false }, greta) })]],
    ["only_live_matter", "first_role", [matter(42), matter(43, { status: "Closed" })]],
    ["latest_open_matter", "first_role", [matter(42), matter(43)]],
    ["latest_open_matter", "first_role", [matter(42), matter(43, { status: "Pending" })]],
    [
      "latest_pending_matter",
      "first_role",
      [matter(42, { status: "Pending" }), matter(43, { status: "Pending" })],
    ],
    ["latest_closed_matter", "first_role", [matter(42, { status: "Closed" }), matter(43, { status: null })]],
    ["next_staffed_matter", "first_role", [matter(42), matter(43, none)]],
    ["requested_matter", "first_role", [matter(42), matter(43)], "42"],
    ["requested_matter", "first_role", [matter(42)], "42"],
    ["latest_open_matter", "first_role", [matter(42), matter(43)], "the divorce"],
    ["no_matters", null, []],
    ["no_one_on_matters", null, [matter(42, none), matter(43, none)]],
    ["no_one_on_requested_matter", null, [matter(42, none), matter(43)], "42"],
  ])("%s, %s", async (matterRule, personRule, matters, requested) => {
    const directory = directoryOf([jane], new Map([[1, matters]]));
    const routed = await routeCall(directory, RULES, clues("+12125550110", null, requested));
    expect(routed.decision).toEqual({ caller: "unique_number", matter: matterRule, person: personRule });
    const { decision } = await findResponsibleStaff(directory, RULES, 1, requested ?? null);
    expect(decision).toEqual({ caller: null, matter: matterRule, person: personRule });
  });
});

test("codes are short, and none has two meanings", () => {
  const codes = [...CALLER_RULES, ...MATTER_RULES, ...PERSON_RULES];
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[a-z_]{5,30}$/);
});

test("a decision always agrees with the answer", () =>
  fc.assert(
    fc.asyncProperty(
      arbitraryTypedFirm,
      arbitraryCallerId,
      arbitrarySpokenName,
      fc.constantFrom(null, "divorce", "42"),
      async ({ firm, contacts }, number, name, requested) => {
        const directory = directoryOf(contacts, mattersByContact(firm));
        const { contact, matter, person, role, decision } = await routeCall(
          directory,
          RULES,
          clues(number, name, requested),
        );
        const identifies = CALLER_RULES.indexOf(decision.caller!) < CALLER_RULES.indexOf("same_person");
        expect(identifies).toBe(contact !== null);
        expect(decision.matter !== null).toBe(contact !== null);
        const chooses =
          decision.matter !== null &&
          MATTER_RULES.indexOf(decision.matter) < MATTER_RULES.indexOf("no_matters");
        expect(chooses).toBe(matter !== null);
        expect(decision.person !== null).toBe(matter !== null);
        if (decision.caller === "same_person") expect(person).not.toBeNull();
        if (decision.person) expect(decision.person === "first_role").toBe(role === "responsible_staff");
      },
    ),
  ));
