import { describe, expect, it } from "vitest";
import type { Matter, StaffMember } from "../../../src/calls/matter.ts";
import { buildChecklist, nextEntry } from "../../../src/calls/transfer/checklist.ts";
import { buildCoverage } from "../../../src/calls/transfer/coverage.ts";

/** A firm with a matter for each person. */
function coverageOf(people: readonly (readonly [id: number, name: string, phoneNumber: string | null])[]) {
  const matters = people.map(([id, name, phoneNumber]): Matter => {
    const person: StaffMember = { id, name, email: null, phoneNumber, enabled: true };
    return {
      id,
      displayNumber: null,
      description: null,
      status: "Open",
      lastActivityDate: null,
      updatedAt: null,
      staff: { responsible_staff: person },
    };
  });
  return buildCoverage(matters, ["responsible_staff"], "US");
}

const ADA = [1, "Ada Arden", "(415) 555-0101"] as const;
const BEN = [2, "Ben Birch", "(415) 555-0102 x7"] as const;
const CLEO = [3, "Cleo Cruz", null] as const;
const DAN = [4, "Dan Dorn", "(415) 555-0104"] as const;

const added = (
  personId: number,
  name: string,
  destination: string | null,
  extension: string | null = null,
) => ({
  personId,
  values: { name, destination, extension },
  addedAt: 0,
  addedBy: 9,
});
const ADDED_ADA = added(1, "Ada Arden", "+14155550101");

describe("buildChecklist", () => {
  const stateOf = (rule: ReturnType<typeof added>, person: typeof ADA | typeof BEN | typeof CLEO) => {
    const [entry] = buildChecklist(coverageOf([person]), [rule]).entries;
    return { state: entry?.state, changes: entry?.changes };
  };

  it("has every rule of the coverage, in its order", () => {
    const { entries, unneeded } = buildChecklist(coverageOf([DAN, ADA]), []);
    expect(entries.map(({ rule, state, added }) => [rule.name, state, added])).toEqual([
      ["Ada Arden", "not_added", null],
      ["Dan Dorn", "not_added", null],
    ]);
    expect(unneeded).toEqual([]);
  });

  it("a rule that says the same as when it was added is unchanged", () => {
    expect(stateOf(ADDED_ADA, ADA)).toEqual({ state: "added", changes: [] });
    expect(stateOf(added(3, "Cleo Cruz", null), CLEO)).toEqual({ state: "added", changes: [] });
  });

  it("another name, number or extension is a change", () => {
    expect(stateOf(added(1, "Ada Ames", "+14155550101"), ADA).changes).toEqual([
      { field: "name", before: "Ada Ames", now: "Ada Arden" },
    ]);
    expect(stateOf(added(2, "Ben Birch", "+14155550199"), BEN).changes).toEqual([
      { field: "destination", before: "+14155550199", now: "+14155550102" },
      { field: "extension", before: null, now: "7" },
    ]);
    expect(stateOf(added(3, "Cleo Cruz", "+14155550103"), CLEO)).toEqual({
      state: "changed",
      changes: [{ field: "destination", before: "+14155550103", now: null }],
    });
  });

  it("added rules without a person in the coverage are no longer needed", () => {
    const left = [added(8, "Zoe Zorn", null), added(7, "Yves Yates", null)];
    const { unneeded } = buildChecklist(coverageOf([ADA]), [ADDED_ADA, ...left]);
    expect(unneeded.map(({ values }) => values.name)).toEqual(["Yves Yates", "Zoe Zorn"]);
  });
});

describe("nextEntry", () => {
  const nextOf = (addedRules: ReturnType<typeof added>[], after: number | null, shown?: number[]) => {
    const { entries } = buildChecklist(coverageOf([ADA, BEN, CLEO, DAN]), addedRules);
    return nextEntry(entries, after, shown && (({ person }) => shown.includes(person.id)))?.rule.name ?? null;
  };
  const EVERYONE = [
    ADDED_ADA,
    added(2, "Ben Birch", "+14155550102", "7"),
    added(3, "Cleo Cruz", null),
    added(4, "Dan Dorn", "+14155550104"),
  ];

  it("is the first one not added", () => {
    expect(nextOf([], null)).toBe("Ada Arden");
    expect(nextOf([ADDED_ADA], null)).toBe("Ben Birch");
  });

  it("follows the person just worked on, and starts again at the top", () => {
    expect(nextOf([], 1)).toBe("Ben Birch");
    expect(nextOf([], 4)).toBe("Ada Arden");
  });

  it("leaves people who can't be dialed to the end", () => {
    expect(nextOf([], 2)).toBe("Dan Dorn");
    expect(
      nextOf(
        EVERYONE.filter(({ personId }) => personId !== 3),
        null,
      ),
    ).toBe("Cleo Cruz");
  });

  it("prefers a rule that has changed", () => {
    expect(nextOf([added(4, "Dan Dorn-Old", "+14155550104")], 1)).toBe("Dan Dorn");
  });

  it("is nobody once every rule was added", () => {
    expect(nextOf(EVERYONE, 1)).toBeNull();
  });

  it("is one that the page shows", () => {
    expect(nextOf([], 1, [1, 4])).toBe("Dan Dorn");
    expect(nextOf([], 1, [1])).toBeNull();
  });
});
