import { describe, expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { settleSharedNumber } from "../../../src/calls/matching/shared-number.ts";
import type { Matter } from "../../../src/calls/matter.ts";
import { company, felix, greta, matter, person } from "../people.ts";

const jane = person(1, "Jane Doe");
const john = person(2, "John Doe");
const acme = company(3, "Acme LLC");
const notClient = (contact: Contact): Contact => ({ ...contact, isClient: false });
const unknownClient = (contact: Contact): Contact => ({ ...contact, isClient: null });

const felixs = matter(11, { staff: { responsible_staff: felix } });
const felixsOther = matter(12, { staff: { responsible_staff: felix } });
const gretas = matter(13, { staff: { responsible_staff: greta } });
const closed = (one: Matter): Matter => ({ ...one, status: "Closed" });

function settled(
  candidates: readonly Contact[],
  matters: Record<number, Matter[]> | null,
  asked: string | null = null,
  withoutAreaCode?: ReadonlySet<number>,
) {
  const result = settleSharedNumber(
    candidates,
    matters && {
      byContact: new Map(Object.entries(matters).map(([id, list]) => [Number(id), list])),
      staffRoles: ["responsible_staff"],
      asked,
    },
    withoutAreaCode,
  );
  if (result.settledOn === "contact") return `contact ${result.contact.id}`;
  if (result.settledOn === "person") return `person ${result.person.id} as ${result.role}`;
  return `open: ${result.candidates.map(({ id }) => id).join(",")}`;
}

describe("several who share one whole number", () => {
  test.each<[rule: string, candidates: Contact[], matters: Record<number, Matter[]> | null, result: string]>([
    ["nothing settles it", [jane, john], null, "open: 1,2"],
    ["a client before another contact", [notClient(jane), john], null, "contact 2"],
    ["a hidden mark rules nobody out", [unknownClient(jane), john], null, "open: 1,2"],
    ["none is a client", [notClient(jane), notClient(john)], null, "open: 1,2"],
    ["live matters before none", [jane, john], { 1: [closed(gretas)], 2: [felixs] }, "contact 2"],
    ["matters not asked for rule nobody out", [jane, john], { 2: [felixs] }, "open: 1,2"],
    ["a client before live matters", [notClient(jane), john], { 1: [felixs], 2: [] }, "contact 2"],
    ["the company's main line", [jane, acme, john], null, "contact 3"],
    ["the company's main line, with matters", [jane, acme], { 1: [gretas], 3: [felixs] }, "contact 3"],
    ["live matters before the company", [jane, acme], { 1: [gretas], 3: [closed(felixs)] }, "contact 1"],
    ["two companies and a person", [jane, acme, { ...acme, id: 4 }], null, "open: 3,4"],
    [
      "all lead to one person",
      [jane, john],
      { 1: [felixs], 2: [felixsOther] },
      "person 350 as responsible_staff",
    ],
    ["they lead to two", [jane, john], { 1: [felixs], 2: [gretas] }, "open: 1,2"],
    ["one leads to two", [jane, john], { 1: [matter(15), gretas], 2: [felixsOther] }, "open: 1,2"],
    ["one leads to nobody", [jane, john], { 1: [felixs], 2: [matter(14, { staff: {} })] }, "open: 1,2"],
    [
      "the rest are ruled out first",
      [jane, john, notClient(acme)],
      { 1: [felixs], 2: [felixsOther], 3: [gretas] },
      "person 350 as responsible_staff",
    ],
    ["nobody leads anywhere", [jane, john], { 1: [], 2: [] }, "open: 1,2"],
  ])("%s", (_, candidates, matters, result) => {
    expect(settled(candidates, matters)).toBe(result);
    expect(settled(candidates.toReversed(), matters)).toBe(result);
  });
});

describe("somebody whose number lacks its area code in Clio", () => {
  const settledBeside = (candidates: readonly Contact[], matters: Record<number, Matter[]> | null) =>
    settled(candidates, matters, null, new Set([2]));

  test.each<[rule: string, candidates: Contact[], matters: Record<number, Matter[]> | null, result: string]>([
    ["is never preferred as a client", [notClient(jane), john], null, "open: 1,2"],
    ["nor for live matters", [jane, john], { 1: [closed(gretas)], 2: [felixs] }, "open: 1,2"],
    ["nor as a company", [jane, { ...acme, id: 2 }], null, "open: 1,2"],
    ["may be the caller", [jane, john], { 1: [felixs], 2: [gretas] }, "open: 1,2"],
    ["is ruled out like others", [jane, notClient(john)], null, "contact 1"],
    [
      "may lead to the same person",
      [jane, john],
      { 1: [felixs], 2: [felixsOther] },
      "person 350 as responsible_staff",
    ],
  ])("%s", (_, candidates, matters, result) => {
    expect(settledBeside(candidates, matters)).toBe(result);
    expect(settledBeside(candidates.toReversed(), matters)).toBe(result);
  });
});
