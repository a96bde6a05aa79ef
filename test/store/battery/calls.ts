import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { CallFindings, CallLookup } from "../../../src/calls/call-record.ts";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { LookupToRecord } from "../../../src/store/repositories/calls.ts";
import { NOON } from "../fixtures.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const JANE = "+14155550171";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const ROUTED: CallFindings = {
  outcome: "routed",
  contact: { id: 1, name: "Jane Doe" },
  matter: { id: 2, displayNumber: "00042-Doe" },
  person: { id: 350, name: "Felix Dubinsky" },
  role: "responsible_staff",
  relation: null,
  away: null,
  matchedOn: "phone",
  candidateCount: 1,
  ambiguous: false,
};
const ASKED_BACK: CallFindings = {
  ...ROUTED,
  outcome: "asked_back",
  contact: null,
  matter: null,
  person: null,
  role: null,
  matchedOn: null,
  candidateCount: 2,
};
const ERROR: CallFindings = { ...ASKED_BACK, outcome: "error", candidateCount: 0 };

/** An answer to `/route-call`, some time after noon. */
export function answer(
  findings: CallFindings,
  {
    after = 0,
    caller = JANE as string | null,
    ...lookup
  }: { after?: number; caller?: string | null } & Partial<Pick<CallLookup, "name" | "matter">> = {},
): LookupToRecord {
  return {
    caller: { caller, callerEnding: null },
    contactId: null,
    findings,
    lookup: {
      action: "route_call",
      at: NOON + after,
      name: null,
      matter: null,
      outcome: findings.outcome,
      decision: { caller: "unique_number", matter: "only_matter", person: "first_role" },
      errorCode: null,
      milliseconds: 2,
      clioRequests: 0,
      source: "mirror",
      ...lookup,
    },
  };
}

/** An answer to `/responsible-staff`. */
function byContact(contactId: number, after: number): LookupToRecord {
  const { lookup, findings } = answer(ROUTED, { after, caller: null });
  return {
    caller: { caller: null, callerEnding: null },
    contactId,
    findings: { ...findings, contact: { id: contactId, name: null }, matchedOn: null, candidateCount: 0 },
    lookup: { ...lookup, action: "responsible_staff" },
  };
}

export function callTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: calls`, () => {
    it("keeps an answer as a call", async () => {
      const { store } = await setUpFirms();
      expect(await store.calls.latest("us-1")).toBeNull();
      expect(await store.calls.record("us-1", [answer(ROUTED)])).toBe(true);
      const { outcome: _, ...findings } = ROUTED;
      expect(await store.calls.latest("us-1")).toMatchObject({
        at: NOON,
        outcome: "routed",
        content: { ...findings, caller: JANE, lookups: [{ action: "route_call", outcome: "routed" }] },
      });
      expect(await store.calls.latest("us-2")).toBeNull();
    });

    it("adds an answer with the caller's name to the call it was asked for in", async () => {
      const { store, clock } = await setUpFirms();
      await store.calls.record("us-1", [answer(ASKED_BACK)]);
      clock.now += 20 * MINUTE;
      await store.calls.record("us-1", [answer(ROUTED, { after: 20 * MINUTE, name: "Jane Doe" })]);
      expect(await store.calls.latest("us-1")).toMatchObject({
        at: NOON,
        outcome: "routed",
        content: { contact: { id: 1 }, candidateCount: 1, lookups: [{ name: null }, { name: "Jane Doe" }] },
      });
    });

    it("joins answers of one batch as it joins those of several", async () => {
      const { store } = await setUpFirms();
      await store.calls.record("us-1", [
        answer(ASKED_BACK),
        answer(ROUTED, { caller: "+14155550112" }),
        answer(ROUTED, { after: MINUTE, name: "Jane Doe" }),
      ]);
      const latest = await store.calls.latest("us-1");
      expect([JANE, "+14155550112"]).toContain(latest?.content?.caller);
      expect(await callsOf(store)).toBe(2);
    });

    it.each([
      { what: "the number alone, after five minutes", lookup: { after: 5 * MINUTE } },
      { what: "a name, after two hours", lookup: { after: 120 * MINUTE, name: "Jane Doe" } },
      { what: "another number", lookup: { after: MINUTE, caller: "+14155550112", name: "Jane Doe" } },
      { what: "a withheld number", lookup: { after: MINUTE, caller: null, name: "Jane Doe" } },
    ])("begins another call with $what", async ({ lookup }) => {
      const { store, clock } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      clock.now += lookup.after;
      await store.calls.record("us-1", [answer(ROUTED, lookup)]);
      expect(await store.calls.latest("us-1")).toMatchObject({ at: NOON + lookup.after });
      expect(await callsOf(store)).toBe(2);
    });

    it("adds an answer about a contact to the call that found the contact", async () => {
      const { store } = await setUpFirms();
      const contactOnly = { ...ROUTED, outcome: "nobody", matter: null, person: null, role: null } as const;
      await store.calls.record("us-1", [answer(contactOnly)]);
      await store.calls.record("us-1", [byContact(1, MINUTE)]);
      expect(await callsOf(store)).toBe(1);
      expect(await store.calls.latest("us-1")).toMatchObject({
        outcome: "routed",
        content: { caller: JANE, contact: { name: "Jane Doe" }, matchedOn: "phone", person: { id: 350 } },
      });
      await store.calls.record("us-1", [byContact(99, 2 * MINUTE)]);
      expect(await callsOf(store)).toBe(2);
    });

    it("keeps what was found when a later answer is an error", async () => {
      const { store } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED), answer(ERROR, { after: 1 })]);
      expect(await store.calls.latest("us-1")).toMatchObject({
        outcome: "routed",
        content: { contact: { id: 1 }, lookups: [{ outcome: "routed" }, { outcome: "error" }] },
      });
    });

    it("joins calls over the end of a week, although each week has its own key", async () => {
      const { store, clock } = await setUpFirms();
      const endOfWeek = Math.ceil(NOON / (7 * DAY)) * 7 * DAY - NOON;
      clock.now = NOON + endOfWeek - MINUTE;
      await store.calls.record("us-1", [answer(ASKED_BACK, { after: endOfWeek - MINUTE })]);
      clock.now = NOON + endOfWeek + MINUTE;
      await store.calls.record("us-1", [answer(ROUTED, { after: endOfWeek + MINUTE, name: "Jane Doe" })]);
      expect(await callsOf(store)).toBe(1);
      expect(await store.calls.latest("us-1")).toMatchObject({ content: { lookups: [{}, {}] } });
    });

    it("records two processes' answers to one call", async () => {
      const { store, open } = await setUpFirms();
      // Only one process uses an SQLite file.
      const other = name === "SQLite" ? store : await open();
      await store.calls.record("us-1", [answer(ASKED_BACK)]);
      await Promise.all([
        store.calls.record("us-1", [answer(ROUTED, { after: 1, name: "Jane" })]),
        other.calls.record("us-1", [answer(ROUTED, { after: 2, name: "Jane Doe" })]),
      ]);
      expect(await callsOf(store)).toBe(1);
      const latest = await store.calls.latest("us-1");
      expect(latest?.content?.lookups).toHaveLength(3);
    });

    it("has no calls for a firm that isn't admitted, and none after a firm was removed", async () => {
      const { store } = await setUpFirms();
      expect(await store.calls.record("us-3", [answer(ROUTED)])).toBe(false);
      await store.calls.record("us-1", [answer(ROUTED)]);
      await store.firms.remove("us-1");
      expect(await store.calls.record("us-1", [answer(ROUTED)])).toBe(false);
      expect(await store.calls.latest("us-1")).toBeNull();
    });

    it("records the answers of several firms together, and leaves out firms that aren't admitted", async () => {
      const { store } = await setUpFirms();
      await store.calls.record("us-2", [answer(ASKED_BACK)]);
      const batch = new Map([
        ["us-1", [answer(ROUTED), answer(ROUTED, { caller: "+14155550199" })]],
        ["us-2", [answer(ROUTED, { after: MINUTE, name: "Jane Doe" })]],
        ["us-3", [answer(ROUTED)]],
      ]);
      expect(await store.calls.recordAll(batch)).toEqual({
        firmIds: new Set(["us-1", "us-2"]),
        failed: new Map(),
      });
      expect(await store.calls.count("us-1")).toBe(2);
      // The same caller in both firms is another call in each of them.
      expect(await store.calls.count("us-2")).toBe(1);
      expect((await store.calls.latest("us-2"))?.content?.lookups).toHaveLength(2);
      expect(await store.calls.recordAll(new Map([["us-3", [answer(ROUTED)]]]))).toEqual({
        firmIds: new Set(),
        failed: new Map(),
      });
    });

    it("records the answers of other firms if those of one can't be encrypted", async () => {
      const { store, runSql } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      await store.calls.record("us-2", [answer(ROUTED)]);
      await runSql("update call_keys set wrapped = 'damaged' where firm_id = 'us-1'");
      const { firmIds, failed } = await store.calls.recordAll(
        new Map([
          ["us-1", [answer(ROUTED, { caller: "+14155550199" })]],
          ["us-2", [answer(ROUTED, { caller: "+14155550199" })]],
        ]),
      );
      expect(firmIds).toEqual(new Set(["us-2"]));
      expect([...failed.keys()]).toEqual(["us-1"]);
      expect(failed.get("us-1")).toBeInstanceOf(SealError);
      expect(await store.calls.count("us-1")).toBe(1);
      expect(await store.calls.count("us-2")).toBe(2);
    });

    it("encrypts with another key after a firm was removed and admitted again", async () => {
      const { store, open } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      await store.firms.remove("us-1");
      await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      await store.calls.record("us-1", [answer(ROUTED)]);
      const other = await open();
      expect(await other.calls.latest("us-1")).toMatchObject({ content: { caller: JANE } });
    });

    it("reads calls after SECRET_KEY was rotated", async () => {
      const { store, open } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      await open(createSealer([NEW_KEY, OLD_KEY]));
      const rotated = await open(createSealer([NEW_KEY]));
      expect(await rotated.calls.latest("us-1")).toMatchObject({ content: { caller: JANE } });
    });

    it("records calls after SECRET_KEY was lost, and reads the earlier ones when it is back", async () => {
      const { store, open } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      const other = await open(createSealer([NEW_KEY]));
      expect(await other.calls.latest("us-1")).toMatchObject({ outcome: "routed", content: null });
      await other.calls.record("us-1", [answer(ROUTED, { after: 10 * MINUTE })]);
      expect(await other.calls.latest("us-1")).toMatchObject({ content: { caller: JANE } });
      await other.calls.deleteExpired(
        { keptSince: NOON + DAY, reportableSince: NOON + DAY, undecidedSince: 0 },
        1,
      );
      expect(await callsOf(store)).toBe(1);
    });

    it("deletes calls that are no longer kept, and the keys of weeks without calls", async () => {
      const { store, clock } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      await store.calls.record("us-2", [answer(ROUTED)]);
      const later = 14 * DAY;
      clock.now = NOON + later;
      await store.calls.record("us-1", [answer(ROUTED, { after: later })]);

      const keep = (since: number) => ({ keptSince: since, reportableSince: since, undecidedSince: since });
      expect(await store.calls.deleteExpired(keep(NOON), 100)).toBe(false);
      await store.callKeys.destroyUnused(clock.now);
      expect(await callsOf(store, "us-2")).toBe(1);
      expect(await store.calls.deleteExpired(keep(NOON + 1), 1)).toBe(true);
      expect(await store.calls.deleteExpired(keep(NOON + 1), 1)).toBe(true);
      expect(await store.calls.deleteExpired(keep(NOON + 1), 1)).toBe(false);
      expect(await callsOf(store, "us-2")).toBe(0);
      expect(await callsOf(store)).toBe(1);
      await store.callKeys.destroyUnused(clock.now);
      expect(await store.erasure.finish()).toBe(true);
      expect(await store.calls.latest("us-1")).toMatchObject({ content: { caller: JANE } });
    });

    it("opens only the latest of many calls with a contact", async () => {
      const { store } = await setUpFirms();
      // Answers about four digits never go on with an earlier call.
      await store.calls.record(
        "us-1",
        Array.from({ length: 100 }, (_, number) => answer(ROUTED, { after: number, caller: null })),
      );
      const opened = countOpenedCalls();
      await store.calls.record("us-1", [byContact(1, MINUTE)]);
      expect(opened()).toBeLessThan(10);
      expect(await callsOf(store)).toBe(100);
      expect(await store.calls.latest("us-1")).toMatchObject({
        at: NOON + 99,
        content: { lookups: [{ action: "route_call" }, { action: "responsible_staff" }] },
      });
    });

    it("limits how many unreported calls a firm can have", async () => {
      const { store } = await setUpFirms();
      const answers = [1, 2, 3, 4].map((number) =>
        answer(ROUTED, { after: number, caller: `+1415555010${number}` }),
      );
      await store.calls.record("us-1", answers);
      await store.calls.record("us-2", answers.slice(0, 2));
      expect(await store.calls.deleteExcess(2, 1)).toBe(true);
      expect(await store.calls.deleteExcess(2, 100)).toBe(false);
      expect(await callsOf(store)).toBe(2);
      expect(await callsOf(store, "us-2")).toBe(2);
      expect(await store.calls.latest("us-1")).toMatchObject({ content: { caller: "+14155550104" } });
    });
  });
}

/** How many calls were decrypted since. */
export function countOpenedCalls(): () => number {
  const parse = vi.spyOn(JSON, "parse");
  onTestFinished(() => parse.mockRestore());
  return () => parse.mock.calls.length;
}

async function callsOf(
  store: { calls: { count(firmId: string): Promise<number> } },
  firmId = "us-1",
): Promise<number> {
  return store.calls.count(firmId);
}
