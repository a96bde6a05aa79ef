import { describe, expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { resolveSharedNumber } from "../../../src/calls/matching/shared-number.ts";
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

function resolve(
  candidates: readonly Contact[],
  matters: Record<number, Matter[]> | null,
  requested: string | null = null,
  withoutAreaCode?: ReadonlySet<number>,
) {
  const result = resolveSharedNumber(
    candidates,
    matters && {
      byContact: new Map(Object.entries(matters).map(([id, list]) => [Number(id), list])),
      staffRoles: ["responsible_staff"],
      requested,
    },
    withoutAreaCode,
  );
  if (result.resolvedTo === "contact") return `contact ${result.contact.id}`;
  if (result.resolvedTo === "person") return `person ${result.shared.person?.id} as ${result.shared.role}`;
  return `open: ${result.candidates.map(({ id }) => id).join(",")}`;
}

describe("contacts who share a whole number", () => {
  test.each<[rule: string, candidates: Contact[], matters: Record<number, Matter[]> | null, result: string]>([
    ["nothing sets them apart", [jane, john], null, "open: 1,2"],
    ["a client before another contact", [notClient(jane), john], null, "contact 2"],
    ["a hidden client mark excludes no one", [unknownClient(jane), john], null, "open: 1,2"],
    ["no client among them", [notClient(jane), notClient(john)], null, "open: 1,2"],
    ["a live matter before none", [jane, john], { 1: [closed(gretas)], 2: [felixs] }, "contact 2"],
    ["matters that were not read exclude no one", [jane, john], { 2: [felixs] }, "open: 1,2"],
    [
      "a client before another contact with a live matter",
      [notClient(jane), john],
      { 1: [felixs], 2: [] },
      "contact 2",
    ],
    ["a company before its people", [jane, acme, john], null, "contact 3"],
    ["a company before its people, with matters", [jane, acme], { 1: [gretas], 3: [felixs] }, "contact 3"],
    [
      "a person with a live matter before a company without",
      [jane, acme],
      { 1: [gretas], 3: [closed(felixs)] },
      "contact 1",
    ],
    ["two companies before a person", [jane, acme, { ...acme, id: 4 }], null, "open: 3,4"],
    [
      "one person takes the call for all",
      [jane, john],
      { 1: [felixs], 2: [felixsOther] },
      "person 350 as responsible_staff",
    ],
    ["two people take the calls", [jane, john], { 1: [felixs], 2: [gretas] }, "open: 1,2"],
    [
      "one contact has matters of two people",
      [jane, john],
      { 1: [matter(15), gretas], 2: [felixsOther] },
      "open: 1,2",
    ],
    [
      "no one takes the call for one contact",
      [jane, john],
      { 1: [felixs], 2: [matter(14, { staff: {} })] },
      "open: 1,2",
    ],
    [
      "one person takes the call for all who are left",
      [jane, john, notClient(acme)],
      { 1: [felixs], 2: [felixsOther], 3: [gretas] },
      "person 350 as responsible_staff",
    ],
    ["no one takes the call for any of them", [jane, john], { 1: [], 2: [] }, "open: 1,2"],
  ])("%s", (_, candidates, matters, result) => {
    expect(resolve(candidates, matters)).toBe(result);
    expect(resolve(candidates.toReversed(), matters)).toBe(result);
  });
});

describe("a contact whose number lacks its area code in Clio", () => {
  const resolveBeside = (candidates: readonly Contact[], matters: Record<number, Matter[]> | null) =>
    resolve(candidates, matters, null, new Set([2]));

  test.each<[rule: string, candidates: Contact[], matters: Record<number, Matter[]> | null, result: string]>([
    ["is never preferred as a client", [notClient(jane), john], null, "open: 1,2"],
    ["is never preferred for a live matter", [jane, john], { 1: [closed(gretas)], 2: [felixs] }, "open: 1,2"],
    ["is never preferred as a company", [jane, { ...acme, id: 2 }], null, "open: 1,2"],
    ["may be the caller", [jane, john], { 1: [felixs], 2: [gretas] }, "open: 1,2"],
    ["is excluded like others", [jane, notClient(john)], null, "contact 1"],
    [
      "may have the same person",
      [jane, john],
      { 1: [felixs], 2: [felixsOther] },
      "person 350 as responsible_staff",
    ],
  ])("%s", (_, candidates, matters, result) => {
    expect(resolveBeside(candidates, matters)).toBe(result);
    expect(resolveBeside(candidates.toReversed(), matters)).toBe(result);
  });
});
