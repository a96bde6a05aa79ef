import fc from "fast-check";
import { expect, it } from "vitest";
import { type CallContent, type CallLookup, NOTHING_FOUND, startCall } from "../../src/calls/call-record.ts";
import { callSearchTerms, haveSameTerms } from "../../src/calls/call-search.ts";

// Few names, so that two calls often share some.
const name = fc.constantFrom("Felix Dubinsky", "felix dubinsky", "Zoë", "Zoe", "Ana", "", "4155550171");
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });
const named = optional(name.map((text) => ({ id: 1, name: text })));

const call: fc.Arbitrary<CallContent> = fc
  .record({
    caller: fc.constantFrom("+14155550171", "+14155550172", null),
    contact: named,
    matter: optional(name.map((displayNumber) => ({ id: 1, displayNumber }))),
    person: named,
    away: optional(name.map((text) => ({ id: 1, name: text, until: null }))),
    names: fc.array(optional(name), { minLength: 1, maxLength: 3 }),
  })
  .map(({ caller, names, ...found }) => {
    const lookup = { action: "route_call", name: null } as CallLookup;
    const findings = { ...NOTHING_FOUND, ...found, outcome: "routed" as const };
    const started = startCall({ caller, callerEnding: null }, findings, lookup);
    return { ...started, lookups: names.map((said) => ({ ...lookup, name: said })) };
  });

it("says of no two calls with different terms that they have the same", () => {
  let same = 0;
  fc.assert(
    fc.property(call, call, (one, other) => {
      if (!haveSameTerms(one, other)) return;
      same += 1;
      expect(callSearchTerms(one)).toEqual(callSearchTerms(other));
    }),
    { numRuns: 20_000 },
  );
  expect(same).toBeGreaterThan(0);
});

it("says that a call has the same terms after another answer that found the same", () => {
  fc.assert(
    fc.property(call, (one) => {
      expect(haveSameTerms(one, { ...one, lookups: [...one.lookups, ...one.lookups] })).toBe(true);
    }),
  );
});
