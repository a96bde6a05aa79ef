import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  contactFoundMessage,
  PROBLEM_MESSAGES,
  type ResponsibleStaffOutcome,
  type RouteCallOutcome,
  responsibleStaffMessage,
  routeCallMessage,
  type UnknownCaller,
  unknownCallerMessage,
} from "../../src/calls/messages.ts";

const unknownCallers: UnknownCaller[] = [
  { outcome: "several", nameWasGiven: false },
  { outcome: "several", nameWasGiven: true },
  { outcome: "other_name" },
  { outcome: "none", mayAskName: true },
  { outcome: "none", mayAskName: false },
  { outcome: "withheld", mayAskName: true },
  { outcome: "withheld", mayAskName: false },
];

const chosenMatters = [true, false].flatMap((ambiguous) =>
  [true, false, null].flatMap((requestedMatterFound) =>
    [true, false].flatMap((closed) =>
      [false, true].map((related) => ({ ambiguous, requestedMatterFound, closed, related })),
    ),
  ),
);
const transfers = chosenMatters.flatMap((chosen) =>
  [null, "Greta Holm"].map((away) => ({
    outcome: "found" as const,
    transferTo: "Felix Dubinsky",
    away,
    ...chosen,
  })),
);
const unattended = chosenMatters.map((chosen) => ({
  outcome: "away" as const,
  away: "Greta Holm",
  ...chosen,
}));

const staff: ResponsibleStaffOutcome[] = [
  ...transfers,
  ...unattended,
  { outcome: "no_matters" },
  ...[true, false, null].map((requestedMatterFound) => ({
    outcome: "nobody" as const,
    requestedMatterFound,
  })),
];

const calls: RouteCallOutcome[] = [
  ...[...transfers, ...unattended].map((transfer) => ({ ...transfer, callerFirstName: null })),
  ...[true, false, null].map((requestedMatterFound) => ({
    outcome: "nobody" as const,
    requestedMatterFound,
    callerFirstName: null,
  })),
];

const messages = [
  contactFoundMessage(null),
  ...unknownCallers.map(unknownCallerMessage),
  ...staff.map(responsibleStaffMessage),
  ...calls.map(routeCallMessage),
  ...Object.values(PROBLEM_MESSAGES),
];

test("says the sentences in docs/reference/endpoints.md", () => {
  expect(contactFoundMessage(null)).toBe(
    "The caller is in Clio. Pass data.id as clio_contact_id to find the responsible staff.",
  );
  const found = {
    outcome: "found",
    transferTo: "Felix Dubinsky",
    away: null,
    ambiguous: false,
    requestedMatterFound: null,
    closed: false,
    related: false,
  } as const;
  expect(responsibleStaffMessage(found)).toBe(
    "Transfer to Felix Dubinsky when the caller asks for their attorney or case manager.",
  );
  expect(routeCallMessage({ ...found, callerFirstName: null })).toBe(
    "If the caller asks for their attorney or case manager, transfer to Felix Dubinsky.",
  );
  expect(routeCallMessage({ ...found, away: "Greta Holm", callerFirstName: null })).toBe(
    "Greta Holm is not available. If the caller asks for their attorney or case manager, transfer to Felix Dubinsky.",
  );
  const unattendedMatter = { ...found, outcome: "away", away: "Greta Holm", callerFirstName: null } as const;
  expect(routeCallMessage(unattendedMatter)).toBe(
    "Greta Holm is not available. Do not transfer the call. Take a message for Greta Holm with the caller's name, phone number and reason for calling.",
  );
});

test("never tells a related caller that the matter is theirs", () => {
  for (const call of calls)
    if ("related" in call && call.related)
      expect(routeCallMessage({ ...call, requestedMatterFound: null })).not.toMatch(
        /their attorney|the caller's matter/i,
      );
});

test.each(messages)("%s", (message) => {
  expect(message).toMatch(/^[A-Z].*\.$/);
  expect(message.length).toBeLessThan(260);
  expect(message).not.toMatch(/undefined|null|\[object|\.\.| {2}|\d/);
  // Every message says what to do next.
  expect(message).toMatch(/take a message|transfer to|run the action|send it again|pass data\.id/i);
});

describe("instructions to the receptionist", () => {
  test.each<[message: string, expected: RegExp]>([
    [unknownCallerMessage({ outcome: "several", nameWasGiven: false }), /full name.*run the action again/i],
    [
      unknownCallerMessage({ outcome: "several", nameWasGiven: true }),
      /Otherwise, do not guess who is calling; take a message/,
    ],
    [unknownCallerMessage({ outcome: "withheld", mayAskName: true }), /full name \(first and last\)/],
    [unknownCallerMessage({ outcome: "withheld", mayAskName: false }), /^(?!.*full name).*take a message/i],
    [
      responsibleStaffMessage({ outcome: "nobody", requestedMatterFound: true }),
      /Do not transfer to anyone else/,
    ],
    [
      responsibleStaffMessage({ ...transfers[0]!, ambiguous: true, requestedMatterFound: null }),
      /ask which matter/i,
    ],
    [responsibleStaffMessage({ ...transfers[0]!, ambiguous: false, requestedMatterFound: false }), /ignored/],
    [responsibleStaffMessage({ ...transfers[0]!, ambiguous: false, closed: true }), /no longer open/],
    [PROBLEM_MESSAGES.clio_timeout, /Do not guess.*Take a message/],
  ])("%s", (message, expected) => {
    expect(message).toMatch(expected);
  });
});

test("names only the person to transfer to, the one who is away, and the caller if they may be greeted", () => {
  for (const call of calls) {
    expect(routeCallMessage(call).includes("Felix Dubinsky")).toBe(call.outcome === "found");
    expect(routeCallMessage(call).includes("Greta Holm")).toBe("away" in call && call.away !== null);
    const greeted =
      "callerFirstName" in call
        ? routeCallMessage({ ...call, callerFirstName: "Zelda" })
        : routeCallMessage(call);
    expect(greeted.includes("Zelda")).toBe("callerFirstName" in call);
  }
  expect(contactFoundMessage("Zelda")).toContain("Zelda");
});

test("a name from Clio adds no line breaks or control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (name) => {
      const message = routeCallMessage({ ...transfers[0]!, transferTo: name, callerFirstName: name });
      expect(message).not.toMatch(/[\r\n\t\p{Cc}]/u);
    }),
  );
});

test("every error code has a message", () => {
  const codes =
    "invalid_request unauthorized not_found method_not_allowed firm_ambiguous too_many_requests clio_error clio_not_connected clio_permission clio_rate_limited clio_timeout internal_error";
  expect(Object.keys(PROBLEM_MESSAGES)).toEqual(expect.arrayContaining(codes.split(" ")));
});
