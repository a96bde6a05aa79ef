import { expect, test } from "vitest";
import type { PersonRule } from "../../src/calls/decision.ts";
import type { RoutedCall } from "../../src/calls/route-call.ts";
import { clioWebAddresses } from "../../src/clio/web-addresses.ts";
import { explainCall } from "../../src/views/explain-call.ts";
import { felix, greta, matter, person } from "../calls/people.ts";

/** A call for Felix, who is away. */
function callWhileAway(takesTheCall: typeof greta | null, rule: PersonRule): RoutedCall {
  return {
    contact: person(1, "Jane Doe"),
    matter: matter(42),
    person: takesTheCall && { ...takesTheCall, name: takesTheCall.name ?? "", phoneNumber: "(628) 555-0161" },
    role: takesTheCall && "responsible_staff",
    away: { person: { ...felix, name: "Felix Dubinsky" }, until: "2026-11-27T17:00:00-08:00" },
    matchedOn: "phone",
    candidateCount: 1,
    ambiguous: false,
    message: "",
    decision: { caller: "unique_number", matter: "related_matter", person: rule },
  };
}

function explain(call: RoutedCall) {
  const { outcome, steps } = explainCall(call, {
    clues: { number: { kind: "whole", e164: "+14155550171", lastFour: "0171" }, name: null, matter: null },
    rules: {
      defaultCountry: "US",
      staffRoles: ["responsible_staff"],
      greetByName: false,
      routeByName: false,
    },
    webAddresses: clioWebAddresses("https://app.clio.com"),
  });
  const lines = steps.map(
    ({ title, value, detail, reasons }) =>
      `${title}: ${value}, ${detail}. ${reasons.map(({ text }) => text).join(" ")}`,
  );
  return { outcome, lines };
}

test("a stand-in is explained by who is away, and not by until when", () => {
  const { outcome, lines } = explain(callWhileAway(greta, "stand_in"));
  expect(outcome).toBe("The call goes to Greta Holm");
  expect(lines[1]).toContain("but is related to it");
  expect(lines[2]).toBe(
    "Person: Greta Holm, Stand-in. Felix Dubinsky is away. The stand-in takes the call instead.",
  );
  expect(lines.join()).not.toContain("2026");
});

test("the message for a person who is away, when no one takes the call instead", () => {
  const { outcome, lines } = explain(callWhileAway(null, "all_away"));
  expect(outcome).toBe("The receptionist takes a message for Felix Dubinsky");
  expect(lines.slice(2)).toEqual([
    "Person: No one, null. Felix Dubinsky is away. No one takes the call instead.",
  ]);
});
