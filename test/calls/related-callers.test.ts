import { describe, expect, test } from "vitest";
import { type Absences, NOBODY_AWAY } from "../../src/calls/absence.ts";
import type { Contact } from "../../src/calls/contact.ts";
import { findResponsibleStaff } from "../../src/calls/find-responsible-staff.ts";
import { readPhoneNumber } from "../../src/calls/matching/phone-number.ts";
import type { Matter, RelatedMatter } from "../../src/calls/matter.ts";
import { routeCall } from "../../src/calls/route-call.ts";
import type { Directory } from "../../src/directory/directory.ts";
import { type felix, greta, matter, person, user } from "./people.ts";

const RULES = {
  defaultCountry: "US",
  staffRoles: ["responsible_staff", "responsible_attorney"],
  greetByName: false,
  routeByName: false,
} as const;
const PHONE = "+14155550171";

interface FirmData {
  contacts?: readonly Contact[];
  own?: Readonly<Record<number, readonly Matter[]>>;
  related?: Readonly<Record<number, readonly RelatedMatter[]>>;
  absences?: Absences;
}

/** A directory that counts the contacts whose related matters were looked up. */
function directoryOf({ contacts = [person(1, "Mia Lang", PHONE)], own, related, absences }: FirmData) {
  const relatedLookups: number[] = [];
  const directory: Directory = {
    contactsByNumber: async () => [...contacts],
    contactsByName: async () => [...contacts],
    mattersOf: async (id) => [...(own?.[id] ?? [])],
    relatedMattersOf: async (id) => {
      relatedLookups.push(id);
      return [...(related?.[id] ?? [])];
    },
    absencesOf: async () => absences ?? NOBODY_AWAY,
  };
  return { directory, relatedLookups };
}

const relatedTo = (id: number, relation: string, changes: Partial<Matter> = {}): RelatedMatter => ({
  ...matter(id, changes),
  relation,
});
const route = (directory: Directory, requested: string | null = null) => {
  const number = readPhoneNumber(PHONE, "US");
  if (number.kind === "unreadable") throw new Error(PHONE);
  return routeCall(directory, RULES, { number, name: null, matter: requested });
};
const closed = { status: "Closed" } as const;
const onGreta = { staff: { responsible_staff: greta } };

describe("a caller without a live matter of their own", () => {
  test.each<[rule: string, firm: FirmData, expected: string]>([
    [
      "reaches the person on a matter they are related to",
      { related: { 1: [relatedTo(5, "Spouse")] } },
      "5 350 Spouse: related_matter",
    ],
    [
      "does so when Clio doesn't say how they are related",
      { related: { 1: [relatedTo(5, "")] } },
      "5 350 : related_matter",
    ],
    [
      "reaches the person on a live matter before one on their own closed matter",
      { own: { 1: [matter(4, { ...closed, ...onGreta })] }, related: { 1: [relatedTo(5, "Spouse")] } },
      "5 350 Spouse: related_matter",
    ],
    [
      "reaches the person on their own closed matter before one on someone else's",
      {
        own: { 1: [matter(4, { ...closed, ...onGreta })] },
        related: { 1: [relatedTo(5, "Spouse", { ...closed, lastActivityDate: "2026-11-01" })] },
      },
      "4 351 own: latest_closed_matter",
    ],
    [
      "isn't related to a matter of their own",
      { own: { 1: [matter(4, closed)] }, related: { 1: [relatedTo(4, "Client", closed)] } },
      "4 350 own: only_matter",
    ],
  ])("%s", async (_, firm, expected) => {
    const { matter: chosen, person, decision } = await route(directoryOf(firm).directory);
    const relation = chosen && "relation" in chosen ? chosen.relation : "own";
    expect(`${chosen?.id} ${person?.id} ${relation}: ${decision.matter}`).toBe(expected);
  });

  test("is asked which matter it is if related matters have different people", async () => {
    const { directory } = directoryOf({
      related: {
        1: [
          relatedTo(5, "Adjuster", { description: "Lang v. Acme" }),
          relatedTo(6, "Adjuster", { description: "Roe v. Acme", ...onGreta }),
        ],
      },
    });
    expect(await route(directory)).toMatchObject({
      ambiguous: true,
      message: expect.stringContaining("Ask which matter"),
    });
    expect(await route(directory, "the Roe case")).toMatchObject({
      ambiguous: false,
      matter: { id: 6 },
      person: { id: 351 },
    });
  });
});

test("related matters aren't looked up for a caller with a live matter", async () => {
  const { directory, relatedLookups } = directoryOf({
    own: { 1: [matter(4)] },
    related: { 1: [relatedTo(5, "Spouse", { ...onGreta, lastActivityDate: "2026-11-01" })] },
  });
  expect(await route(directory)).toMatchObject({ matter: { id: 4 }, ambiguous: false });
  const { listed, ambiguous } = await findResponsibleStaff(directory, RULES, 1, null);
  expect(listed.map((one) => one.matter.id)).toEqual([4]);
  expect(ambiguous).toBe(false);
  expect(relatedLookups).toEqual([]);
});

describe("contacts who share a number", () => {
  const adjusters = [
    { ...person(1, "Mia Lang", PHONE), isClient: false },
    { ...person(2, "Ole Lang", PHONE), isClient: false },
  ];

  test("are routed to the person on all matters they are related to", async () => {
    const { directory } = directoryOf({
      contacts: adjusters,
      related: { 1: [relatedTo(5, "Adjuster")], 2: [relatedTo(6, "Adjuster")] },
    });
    expect(await route(directory)).toMatchObject({ contact: null, matter: null, person: { id: 350 } });
  });

  test("are told apart by which of them is related to a live matter", async () => {
    const { directory } = directoryOf({ contacts: adjusters, related: { 2: [relatedTo(6, "Adjuster")] } });
    expect(await route(directory)).toMatchObject({ contact: { id: 2 }, matter: { id: 6 } });
  });

  test("related matters aren't looked up if one of them has a live matter", async () => {
    const { directory, relatedLookups } = directoryOf({ contacts: adjusters, own: { 1: [matter(4)] } });
    expect(await route(directory)).toMatchObject({ contact: { id: 1 }, matter: { id: 4 } });
    expect(relatedLookups).toEqual([]);
  });

  test("a client without a live matter is routed by what they are related to, even beside one with a live matter", async () => {
    const { directory } = directoryOf({
      contacts: [person(1, "Mia Lang", PHONE), { ...person(2, "Ole Lang", PHONE), isClient: false }],
      own: { 2: [matter(7, onGreta)] },
      related: { 1: [relatedTo(5, "Spouse")] },
    });
    expect(await route(directory)).toMatchObject({
      contact: { id: 1 },
      matter: { id: 5 },
      person: { id: 350 },
    });
  });
});

describe("the person responsible is away", () => {
  const away = (...people: [id: number, standIn: typeof felix | null][]): Absences => ({
    of: (userId) => {
      const found = people.find(([id]) => id === userId);
      return found ? { until: null, standIn: found[1] } : null;
    },
  });
  const ida = user(352, "Ida Marsh");

  test("no other matter is chosen, and the contact and the matter stay", async () => {
    const { directory } = directoryOf({
      own: { 1: [matter(5, { lastActivityDate: "2026-11-01" }), matter(4, { status: "Pending" })] },
      absences: away([350, null]),
    });
    expect(await route(directory)).toMatchObject({
      contact: { id: 1 },
      matter: { id: 5 },
      person: null,
      role: null,
      away: { person: { id: 350 }, until: null },
      ambiguous: false,
      message: expect.stringContaining("Take a message for Felix Dubinsky"),
    });
  });

  test("matters that lead to different people still ask which one it is", async () => {
    const { directory } = directoryOf({
      own: { 1: [matter(5, { lastActivityDate: "2026-11-01" }), matter(4, onGreta)] },
      absences: away([350, null]),
    });
    expect(await route(directory)).toMatchObject({ matter: { id: 5 }, person: null, ambiguous: true });
    expect(await route(directory, "4")).toMatchObject({ matter: { id: 4 }, person: { id: 351 }, away: null });
  });

  test("matters that lead to the same stand-in don't", async () => {
    const { directory } = directoryOf({
      own: { 1: [matter(5), matter(4, onGreta)] },
      absences: away([350, ida], [351, ida]),
    });
    expect(await route(directory)).toMatchObject({ person: { id: 352 }, ambiguous: false });
  });

  test("contacts who share a number reach the same stand-in", async () => {
    const { directory } = directoryOf({
      contacts: [person(1, "Mia Lang", PHONE), person(2, "Ole Lang", PHONE)],
      own: { 1: [matter(5)], 2: [matter(4)] },
      absences: away([350, ida]),
    });
    expect(await route(directory)).toMatchObject({
      contact: null,
      matter: null,
      person: { id: 352 },
      away: { person: { id: 350 } },
    });
  });

  test("contacts who share a number and an absent attorney leave a message for that attorney", async () => {
    const { directory } = directoryOf({
      contacts: [person(1, "Mia Lang", PHONE), person(2, "Ole Lang", PHONE)],
      own: { 1: [matter(5)], 2: [matter(4)] },
      absences: away([350, null]),
    });
    expect(await route(directory)).toMatchObject({
      contact: null,
      person: null,
      away: { person: { id: 350 } },
      candidateCount: 2,
      message: expect.stringContaining("Take a message for Felix Dubinsky"),
    });
  });

  test("one who stands in for one contact's attorney isn't told to the other's caller as a stand-in", async () => {
    const { directory } = directoryOf({
      contacts: [person(1, "Mia Lang", PHONE), person(2, "Ole Lang", PHONE)],
      own: { 1: [matter(5)], 2: [matter(4, onGreta)] },
      absences: away([350, greta]),
    });
    expect(await route(directory)).toMatchObject({ person: { id: 351 }, away: null });
  });

  test("a matter is listed with the person who takes the call, or no one", async () => {
    const { directory } = directoryOf({
      own: { 1: [matter(5), matter(4, onGreta)] },
      absences: away([350, ida], [351, null]),
    });
    const { listed } = await findResponsibleStaff(directory, RULES, 1, null);
    expect(listed.map((one) => one.person?.id ?? null)).toEqual([352, null]);
  });
});
