import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whichMatter } from "../../../src/calls/matching/which-matter.ts";
import type { Matter } from "../../../src/calls/matter.ts";
import { felix, greta, matter, user } from "../people.ts";

const ROLES = ["responsible_staff", "responsible_attorney"] as const;
const ids = (matters: readonly Matter[]) => matters.map(({ id }) => id);

test("live before closed, the latest first", () => {
  const inOrder = [
    matter(9, { lastActivityDate: "2026-05-31" }),
    matter(1, { lastActivityDate: "2026-05-30", updatedAt: "2026-06-02T09:00:00-07:00" }),
    // later as text, earlier as an instant
    matter(8, { lastActivityDate: "2026-05-30", updatedAt: "2026-06-02T10:00:00Z" }),
    matter(7, { lastActivityDate: "2026-05-30" }),
    matter(6, { updatedAt: "2026-06-03T10:00:00Z" }),
    matter(5),
    matter(4),
    matter(20, { status: "Pending", lastActivityDate: "2026-06-30" }),
    matter(30, { status: "Closed", lastActivityDate: "2026-07-30" }),
    matter(40, { status: null, lastActivityDate: "2026-08-30" }),
  ];
  const shuffled = fc.shuffledSubarray(inOrder, { minLength: inOrder.length });
  fc.assert(
    fc.property(shuffled, fc.constantFrom(null, "4", "Doe", "nothing like it"), (matters, asked) => {
      expect(ids(whichMatter(matters, ROLES, null).ordered)).toEqual(ids(inOrder));
      expect(whichMatter(matters, ROLES, asked)).toEqual(whichMatter(inOrder, ROLES, asked));
    }),
  );
});

describe("who takes the call", () => {
  const staff = (...roles: (Matter["staff"][keyof Matter["staff"]] | undefined)[]): Matter["staff"] => ({
    responsible_staff: roles[0] ?? null,
    responsible_attorney: roles[1] ?? null,
    originating_attorney: roles[2] ?? null,
  });
  test.each<[rule: string, matters: Matter[], chosen: string | null]>([
    ["the first role", [matter(1, { staff: staff(felix, greta) })], "1: 350 as responsible_staff"],
    ["the next role", [matter(1, { staff: staff(null, greta) })], "1: 351 as responsible_attorney"],
    [
      "not a disabled user",
      [matter(1, { staff: staff({ ...felix, enabled: false }, greta) })],
      "1: 351 as responsible_attorney",
    ],
    [
      "a user whom Clio says nothing of",
      [matter(1, { staff: staff({ ...felix, enabled: null }) })],
      "1: 350 as responsible_staff",
    ],
    [
      "not a user without a name",
      [matter(1, { staff: staff(user(1, null), greta) })],
      "1: 351 as responsible_attorney",
    ],
    [
      "not a user with a blank name",
      [matter(1, { staff: staff(user(1, " "), greta) })],
      "1: 351 as responsible_attorney",
    ],
    ["not a role that is not asked for", [matter(1, { staff: staff(null, null, greta) })], null],
    ["the next matter", [matter(2, { staff: {} }), matter(1)], "1: 350 as responsible_staff"],
    [
      "a closed matter, when nobody is on a live one",
      [matter(2, { staff: {} }), matter(1, { status: "Closed" })],
      "1: 350 as responsible_staff",
    ],
    ["nobody", [matter(1, { staff: {} })], null],
    ["nobody without matters", [], null],
  ])("%s", (_, matters, expected) => {
    const { chosen } = whichMatter(matters, ROLES, null);
    expect(chosen && `${chosen.matter.id}: ${chosen.person.id} as ${chosen.role}`).toBe(expected);
  });

  test("the firm's own order of roles", () => {
    const both = matter(1, { staff: staff(felix, greta) });
    expect(whichMatter([both], ["responsible_attorney", "responsible_staff"], null).chosen?.person.id).toBe(
      greta.id,
    );
  });
});

const gretas = { staff: { responsible_staff: greta } };

test.each<[rule: string, matters: Matter[], ambiguous: boolean]>([
  ["two people", [matter(1), matter(2, gretas)], true],
  ["pending counts", [matter(1), matter(2, { ...gretas, status: "Pending" })], true],
  ["one person for all", [matter(1), matter(2)], false],
  ["one person in two roles", [matter(1), matter(2, { staff: { responsible_attorney: felix } })], false],
  ["closed ones do not count", [matter(1), matter(2, { ...gretas, status: "Closed" })], false],
  ["nor those without anybody", [matter(1), matter(2, { staff: {} })], false],
  [
    "nor closed ones among themselves",
    [matter(1, { status: "Closed" }), matter(2, { ...gretas, status: "Closed" })],
    false,
  ],
])("ambiguous or not: %s", (_, matters, ambiguous) => {
  expect(whichMatter(matters, ROLES, null).ambiguous).toBe(ambiguous);
});

describe("the matters listed", () => {
  test("are the live ones, with whoever would take the call", () => {
    const { listed } = whichMatter(
      [matter(1), matter(2, { staff: {} }), matter(3, { status: "Closed" })],
      ROLES,
      null,
    );
    expect(listed.map(({ matter: { id }, person }) => [id, person?.id ?? null])).toEqual([
      [2, null],
      [1, 350],
    ]);
  });
  test("are the others when none is live", () => {
    const { listed } = whichMatter(
      [matter(1, { status: "Closed" }), matter(2, { status: null })],
      ROLES,
      null,
    );
    expect(listed.map((one) => one.matter.id)).toEqual([1, 2]);
  });
  test("are ten at most", () => {
    const many = Array.from({ length: 14 }, (_, i) => matter(i + 1));
    expect(whichMatter(many, ROLES, null).listed.map((one) => one.matter.id)).toEqual([
      14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
    ]);
  });
});

describe("what the caller asked for", () => {
  const matters = [
    matter(1, { displayNumber: "00042-Doe", description: "Doe v. Acme, slip and fall" }),
    matter(2, { displayNumber: "00142-Roe", description: "Lease of Unit 42", ...gretas }),
    matter(3, { displayNumber: "2024-00007", description: "Estate of José Núñez", ...gretas }),
    matter(4, { displayNumber: "00201-Doe", description: "Car accidents 2019", status: "Closed" }),
    matter(5, { displayNumber: null, description: null }),
  ];
  test.each<[asked: string | null, fits: number[] | null]>([
    ["00042-Doe", [1]],
    ["00042 doe", [1]],
    ["42 Doe", [1]],
    ["42-DOE", [1]],
    ["00042Doe", [1]],
    ["42", [1]],
    ["00042", [1]],
    ["#42", [1]],
    ["matter number 42", [1]],
    ["it's case no. 42", [1]],
    ["42, the one about Mars", [1]],
    ["142", [2]],
    ["2024-00007", [3]],
    ["2024 7", [3]],
    ["7", [3]],
    ["201", [4]],
    ["unit 42", [2]],
    ["the lease", [2]],
    ["my leases", [2]],
    ["the Nunez estate", [3]],
    ["nunez", [3]],
    ["Doe versus Acme", [1]],
    ["slip and falls", [1]],
    ["my 2019 accident", [4]],
    ["doe", [4, 1]],
    // most of the words, when not all fit
    ["slip and fall at the supermarket", [1]],
    ["accident with a bus and a tram on Elm Street", []],
    ["divorce", []],
    ["9999", []],
    ["4", []],
    // nothing was asked for
    ["my case", null],
    ["  ", null],
    [null, null],
  ])("%j", (asked, fits) => {
    expect(whichMatter(matters, ROLES, asked).askedFits).toBe(fits === null ? null : fits.length > 0);
    // With somebody on one matter alone, that one is chosen only when it fits.
    const chosen = matters.filter(({ id }) => {
      const onlyThisAnswered = matters.map((one) => (one.id === id ? one : { ...one, staff: {} }));
      const { chosen, askedFits } = whichMatter(onlyThisAnswered, ROLES, asked);
      return askedFits && chosen?.matter.id === id;
    });
    expect(ids(chosen).toSorted()).toEqual((fits ?? []).toSorted());
  });

  test("by a whole number is no other matter that has it as a part", () => {
    const parts = [matter(1, { displayNumber: "42" }), matter(2, { displayNumber: "00042-Doe" })];
    expect(whichMatter(parts, ROLES, "42").chosen?.matter.id).toBe(1);
  });

  test("narrows the choice and what is ambiguous", () => {
    expect(whichMatter(matters, ROLES, null)).toMatchObject({ ambiguous: true, askedFits: null });
    expect(whichMatter(matters, ROLES, "42")).toMatchObject({
      ambiguous: false,
      askedFits: true,
      chosen: { matter: { id: 1 } },
    });
    expect(ids(whichMatter(matters, ROLES, "42").listed.map((one) => one.matter))).toEqual([5, 3, 2, 1]);
  });

  test("that fits nothing changes nothing else", () => {
    const { askedFits, ...rest } = whichMatter(matters, ROLES, "divorce");
    const { askedFits: notAsked, ...asIfNotAsked } = whichMatter(matters, ROLES, null);
    expect([askedFits, notAsked]).toEqual([false, null]);
    expect(rest).toEqual(asIfNotAsked);
  });

  test("never leads to the person of another matter", () => {
    const nobodyOn42 = [matter(42, { staff: {} }), matter(43, gretas)];
    expect(whichMatter(nobodyOn42, ROLES, "42")).toMatchObject({
      chosen: null,
      askedFits: true,
      ambiguous: false,
    });
  });
});
