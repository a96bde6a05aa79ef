import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whichMatter } from "../../../src/calls/matching/which-matter.ts";
import type { Matter } from "../../../src/calls/matter.ts";
import { felix, greta, matter, user } from "../people.ts";

const ROLES = ["responsible_staff", "responsible_attorney"] as const;
const ids = (matters: readonly Matter[]) => matters.map(({ id }) => id);

test("orders matters by status, then by the latest activity", () => {
  const inOrder = [
    matter(9, { lastActivityDate: "2026-05-31" }),
    matter(1, { lastActivityDate: "2026-05-30", updatedAt: "2026-06-02T09:00:00-07:00" }),
    // later as text, earlier in time
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
      "a disabled user is passed over",
      [matter(1, { staff: staff({ ...felix, enabled: false }, greta) })],
      "1: 351 as responsible_attorney",
    ],
    [
      "a user counts as enabled when Clio doesn't say",
      [matter(1, { staff: staff({ ...felix, enabled: null }) })],
      "1: 350 as responsible_staff",
    ],
    [
      "a user without a name is passed over",
      [matter(1, { staff: staff(user(1, null), greta) })],
      "1: 351 as responsible_attorney",
    ],
    [
      "a user with a blank name is passed over",
      [matter(1, { staff: staff(user(1, " "), greta) })],
      "1: 351 as responsible_attorney",
    ],
    ["a role outside the firm's roles doesn't count", [matter(1, { staff: staff(null, null, greta) })], null],
    ["the next matter", [matter(2, { staff: {} }), matter(1)], "1: 350 as responsible_staff"],
    [
      "a closed matter, when no live one has anyone",
      [matter(2, { staff: {} }), matter(1, { status: "Closed" })],
      "1: 350 as responsible_staff",
    ],
    ["no one on the only matter", [matter(1, { staff: {} })], null],
    ["no one without matters", [], null],
  ])("%s", (_, matters, expected) => {
    const { chosen } = whichMatter(matters, ROLES, null);
    expect(chosen && `${chosen.matter.id}: ${chosen.person?.id} as ${chosen.role}`).toBe(expected);
  });

  test("the firm's own order of roles", () => {
    const both = matter(1, { staff: staff(felix, greta) });
    expect(whichMatter([both], ["responsible_attorney", "responsible_staff"], null).chosen?.person?.id).toBe(
      greta.id,
    );
  });
});

const gretas = { staff: { responsible_staff: greta } };

test.each<[rule: string, matters: Matter[], ambiguous: boolean]>([
  ["two people", [matter(1), matter(2, gretas)], true],
  ["pending matters count", [matter(1), matter(2, { ...gretas, status: "Pending" })], true],
  ["one person for all", [matter(1), matter(2)], false],
  ["one person in two roles", [matter(1), matter(2, { staff: { responsible_attorney: felix } })], false],
  ["closed matters don't count", [matter(1), matter(2, { ...gretas, status: "Closed" })], false],
  ["matters without anyone don't count", [matter(1), matter(2, { staff: {} })], false],
  [
    "closed matters among themselves don't count",
    [matter(1, { status: "Closed" }), matter(2, { ...gretas, status: "Closed" })],
    false,
  ],
])("ambiguity: %s", (_, matters, ambiguous) => {
  expect(whichMatter(matters, ROLES, null).ambiguous).toBe(ambiguous);
});

describe("the listed matters", () => {
  test("are the live ones, each with the person who would take the call", () => {
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
  test("are at most ten", () => {
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
    // most of the words fit
    ["slip and fall at the supermarket", [1]],
    ["accident with a bus and a tram on Elm Street", []],
    ["divorce", []],
    ["9999", []],
    ["4", []],
    // the caller asked for none
    ["my case", null],
    ["  ", null],
    [null, null],
  ])("%j", (asked, fits) => {
    expect(whichMatter(matters, ROLES, asked).requestedMatterFound).toBe(
      fits === null ? null : fits.length > 0,
    );
    // When only one matter has someone to take the call, it is chosen only if it fits.
    const chosen = matters.filter(({ id }) => {
      const onlyThisStaffed = matters.map((one) => (one.id === id ? one : { ...one, staff: {} }));
      const { chosen, requestedMatterFound } = whichMatter(onlyThisStaffed, ROLES, asked);
      return requestedMatterFound && chosen?.matter.id === id;
    });
    expect(ids(chosen).toSorted()).toEqual((fits ?? []).toSorted());
  });

  test("by a whole display number is not another matter whose number contains it", () => {
    const parts = [matter(1, { displayNumber: "42" }), matter(2, { displayNumber: "00042-Doe" })];
    expect(whichMatter(parts, ROLES, "42").chosen?.matter.id).toBe(1);
  });

  test("narrows the choice and the ambiguity", () => {
    expect(whichMatter(matters, ROLES, null)).toMatchObject({ ambiguous: true, requestedMatterFound: null });
    expect(whichMatter(matters, ROLES, "42")).toMatchObject({
      ambiguous: false,
      requestedMatterFound: true,
      chosen: { matter: { id: 1 } },
    });
    expect(ids(whichMatter(matters, ROLES, "42").listed.map((one) => one.matter))).toEqual([5, 3, 2, 1]);
  });

  test("is set aside when nothing fits", () => {
    const { requestedMatterFound, ...rest } = whichMatter(matters, ROLES, "divorce");
    const { requestedMatterFound: notRequested, ...withoutRequest } = whichMatter(matters, ROLES, null);
    expect([requestedMatterFound, notRequested]).toEqual([false, null]);
    expect(rest).toEqual(withoutRequest);
  });

  test("never selects the person on another matter", () => {
    const noOneOn42 = [matter(42, { staff: {} }), matter(43, gretas)];
    expect(whichMatter(noOneOn42, ROLES, "42")).toMatchObject({
      chosen: null,
      requestedMatterFound: true,
      ambiguous: false,
    });
  });
});
