import { describe, expect, it } from "vitest";
import { searchedTerms } from "../../../src/calls/call-search.ts";
import type { CallCursor } from "../../../src/store/repositories/call-list.ts";
import type { ReportToStore } from "../../../src/store/repositories/call-reports.ts";
import type { StoredCall } from "../../../src/store/repositories/stored-call.ts";
import { NOON } from "../fixtures.ts";
import { answer, countOpenedCalls, ROUTED } from "./calls.ts";
import type { Engine } from "./setup.ts";

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;
const ALL = { since: 0, before: null, outcome: null, search: null, limit: 50 };
const NOBODY = {
  ...ROUTED,
  outcome: "nobody",
  contact: null,
  matter: null,
  person: null,
  candidateCount: 0,
} as const;

/** A report of a call. */
export function report(change: Partial<ReportToStore> = {}): ReportToStore {
  return {
    caller: { caller: "+14155550171", callerEnding: null },
    identity: `id ${Math.random()}`,
    recognizedForMs: MINUTE,
    report: {
      name: null,
      matter: null,
      startedAt: null,
      endedAt: null,
      durationSeconds: 192,
      transferredTo: null,
      recordingUrl: null,
      summary: "Jane asked when the hearing is.",
      message: null,
    },
    texts: null,
    isLogged: true,
    ...change,
  };
}

export function callListTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: the list of calls`, () => {
    it("tells the call with the latest answer, even if another one began or was reported later", async () => {
      const { store, clock } = await setUpFirms();
      const caller = { caller: "+14155550112", callerEnding: null };
      const latestCaller = async () => (await store.calls.latest("us-1"))?.content?.caller;
      await store.calls.record("us-1", [answer(ROUTED)]);
      await store.calls.record("us-1", [answer(ROUTED, { after: MINUTE, caller: caller.caller })]);
      expect(await latestCaller()).toBe(caller.caller);
      await store.calls.record("us-1", [answer(ROUTED, { after: 2 * MINUTE })]);
      expect(await latestCaller()).toBe("+14155550171");
      clock.now += 3 * MINUTE;
      await store.callReports.store("us-1", [report({ caller })]);
      expect(await latestCaller()).toBe("+14155550171");
    });

    it("has a firm's calls newest first, in pages without gaps or repetitions", async () => {
      const { store } = await setUpFirms();
      // Three calls at each moment.
      const answers = Array.from({ length: 12 }, (_, at) =>
        answer(at % 2 === 0 ? ROUTED : NOBODY, { after: Math.floor(at / 3), caller: `+1415555${1000 + at}` }),
      );
      await store.calls.record("us-1", answers);
      await store.calls.record("us-2", answers.slice(0, 1));
      for (const outcome of [null, "routed"] as const) {
        const listed: StoredCall[] = [];
        for (let before: CallCursor | null = null; ; ) {
          const page = await store.callList.list("us-1", { ...ALL, outcome, before, limit: 4 });
          listed.push(...page.calls);
          before = page.next;
          if (!before) break;
          expect(page.calls).toHaveLength(4);
        }
        const expected = outcome ? 6 : 12;
        expect(new Set(listed.map(({ content }) => content?.caller)).size).toBe(expected);
        expect(listed).toHaveLength(expected);
        expect(listed.map(({ at }) => at)).toEqual(listed.map(({ at }) => at).toSorted((a, b) => b - a));
      }
      expect((await store.callList.list("us-2", ALL)).calls).toHaveLength(1);
      expect((await store.callList.list("us-1", { ...ALL, since: NOON + 3 })).calls).toHaveLength(3);
    });

    it.each([
      { text: "dubinsky", found: 2 },
      { text: "Felix DUBINSKY", found: 2 },
      { text: "jané doe", found: 1 },
      { text: "Doe Jane 00042", found: 1 },
      { text: "0171", found: 1 },
      { text: "+1 415 555 0171", e164: "+14155550171", found: 1 },
      { text: "Dubin", found: 0 },
      { text: "Jane Roe", found: 0 },
      // Nothing to search for.
      { text: "%", found: 3 },
    ])("finds calls by whole words and numbers: $text", async ({ text, e164 = null, found }) => {
      const { store, clock } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      // With the key of another week.
      clock.now += WEEK;
      const other = { ...ROUTED, contact: { id: 2, name: "Bea Whitlock" }, matter: null };
      await store.calls.record("us-1", [
        answer(other, { after: WEEK, caller: "+14155550112" }),
        answer(NOBODY, { after: WEEK, caller: "+14155550113" }),
      ]);
      await store.calls.record("us-2", [answer(ROUTED)]);
      const search = searchedTerms(text, e164);
      const { calls } = await store.callList.list("us-1", { ...ALL, search });
      expect(calls).toHaveLength(found);
    });

    it("counts calls by half hour and outcome", async () => {
      const { store } = await setUpFirms();
      await store.calls.record("us-1", [
        answer(ROUTED, { caller: "+14155550101" }),
        answer(ROUTED, { caller: "+14155550102", after: 29 * MINUTE }),
        answer(NOBODY, { caller: "+14155550103", after: 29 * MINUTE }),
        answer(ROUTED, { caller: "+14155550104", after: 30 * MINUTE }),
      ]);
      const counts = await store.callList.counts("us-1", NOON);
      expect(counts.toSorted((a, b) => a.from - b.from || b.calls - a.calls)).toEqual([
        { from: NOON, outcome: "routed", calls: 2 },
        { from: NOON, outcome: "nobody", calls: 1 },
        { from: NOON + 30 * MINUTE, outcome: "routed", calls: 1 },
      ]);
      expect(await store.callList.counts("us-2", NOON)).toEqual([]);
    });

    it("has the numbers that called at least twice and that no contact has", async () => {
      const { store, clock } = await setUpFirms();
      const record = (findings: Parameters<typeof answer>[0], caller: string, after = 0) =>
        store.calls.record("us-1", [answer(findings, { caller, after })]);
      await record(NOBODY, "+14155550101");
      await record(NOBODY, "+14155550102");
      await record(NOBODY, "+14155550102", 10 * MINUTE);
      await record(ROUTED, "+14155550103");
      await record(ROUTED, "+14155550103", 10 * MINUTE);
      await record({ ...NOBODY, outcome: "asked_back", candidateCount: 2 }, "+14155550104");
      await record({ ...NOBODY, outcome: "asked_back", candidateCount: 2 }, "+14155550104", 10 * MINUTE);
      // It isn't known whether a contact has these.
      await record({ ...NOBODY, outcome: "error" }, "+14155550105");
      await record({ ...NOBODY, outcome: "error" }, "+14155550105", 10 * MINUTE);
      for (const isLogged of [true, false])
        await store.callReports.store("us-1", [
          report({ caller: { caller: "+14155550106", callerEnding: null }, isLogged }),
        ]);
      clock.now += WEEK;
      await record(NOBODY, "+14155550102", WEEK);
      await record(NOBODY, "+14155550101", WEEK + 1);
      expect(await store.callList.unknownCallers("us-1", NOON, 10)).toEqual([
        { caller: "+14155550102", callId: expect.any(String), calls: 3, lastAt: NOON + WEEK },
        { caller: "+14155550101", callId: expect.any(String), calls: 2, lastAt: NOON + WEEK + 1 },
      ]);
      expect(await store.callList.unknownCallers("us-1", NOON, 1)).toHaveLength(1);
      expect(await store.callList.unknownCallers("us-1", NOON + 1, 10)).toMatchObject([
        { caller: "+14155550102", calls: 2 },
      ]);
    });

    it("has the report of a call with its whole texts", async () => {
      const { store } = await setUpFirms();
      const texts = { summary: "A long summary.", message: null, transcript: "A transcript." };
      const [short] = await store.callReports.store("us-1", [report()]);
      const [long] = await store.callReports.store("us-1", [report({ texts, isLogged: false })]);
      expect(await store.callList.find("us-1", short?.id ?? "")).toMatchObject({
        reportedAt: NOON,
        log: { state: "waiting", step: "identify", dueAt: NOON, attempts: 0, error: null },
        content: { report: { durationSeconds: 192 } },
        texts: null,
      });
      expect(await store.callList.find("us-1", long?.id ?? "")).toMatchObject({
        log: { state: "off", dueAt: null },
        texts,
      });
      expect(await store.callList.find("us-2", short?.id ?? "")).toBeNull();
      expect(await store.callReports.backlog("us-1")).toEqual({ calls: 1, bytes: 0 });
    });

    it("stores a report once if two processes get it at the same time", async () => {
      const { store, open } = await setUpFirms();
      const other = name === "SQLite" ? store : await open();
      await store.calls.record("us-1", [answer(ROUTED)]);
      const same = report({ identity: "id 1" });
      const stored = await Promise.all(
        [store, other, store, other].map(({ callReports }) => callReports.store("us-1", [same])),
      );
      expect(new Set(stored.flat().map(({ id }) => id)).size).toBe(1);
      expect(stored.flat().filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1);
      expect(await store.calls.count("us-1")).toBe(1);
    });

    it("gives two reports from one number at the same time a call each", async () => {
      const { store, open } = await setUpFirms();
      const other = name === "SQLite" ? store : await open();
      await store.calls.record("us-1", [answer(ROUTED)]);
      const [[one], [two]] = await Promise.all([
        store.callReports.store("us-1", [report()]),
        other.callReports.store("us-1", [report()]),
      ]);
      expect(one?.id).not.toBe(two?.id);
      expect(await store.calls.count("us-1")).toBe(2);
    });

    it("opens only the latest of many calls from a number", async () => {
      const { store } = await setUpFirms();
      await store.calls.record("us-1", [answer(ROUTED)]);
      const waiting = await store.calls.latest("us-1");
      const sameNumber = Array.from({ length: 100 }, () => report());
      const [first] = await store.callReports.store("us-1", sameNumber);
      expect(first?.id).toBe(waiting?.id);

      const opened = countOpenedCalls();
      const [last] = await store.callReports.store("us-1", [report()]);
      expect(opened()).toBeLessThan(10);
      expect(await store.callList.find("us-1", last?.id ?? "")).toMatchObject({
        content: { contact: { id: 1, name: "Jane Doe" } },
      });
    });

    it("limits how many calls a firm can have, apart from those that wait for something", async () => {
      const { store } = await setUpFirms();
      const off = () => report({ caller: { caller: null, callerEnding: null }, isLogged: false });
      await store.callReports.store("us-1", [off(), off(), report()]);
      await store.callReports.store("us-2", [off()]);
      await store.calls.record("us-1", [answer(ROUTED, { caller: "+14155550112" })]);
      const callers = async () => {
        const { calls } = await store.callList.list("us-1", ALL);
        return calls.map(({ content }) => content?.caller ?? null).toSorted();
      };
      expect(await store.calls.deleteExcess(3, 100)).toBe(false);
      // The call that wasn't reported goes first.
      expect(await callers()).toEqual([report().caller.caller, null, null]);
      expect(await store.calls.deleteExcess(1, 1)).toBe(true);
      expect(await store.calls.deleteExcess(1, 1)).toBe(true);
      expect(await store.calls.deleteExcess(1, 1)).toBe(false);
      expect(await callers()).toEqual([report().caller.caller]);
      expect(await store.calls.deleteExcess(0, 100)).toBe(false);
      expect(await callers()).toHaveLength(1);
      expect(await store.calls.count("us-2")).toBe(0);
    });

    it("stores the same reports in whatever order two processes get them", async () => {
      const { store, open } = await setUpFirms();
      const other = name === "SQLite" ? store : await open();
      const reports = Array.from({ length: 20 }, (_, at) => report({ identity: `id ${at}` }));
      const one = reports.map((single) => store.callReports.store("us-1", [single]));
      const two = reports.toReversed().map((single) => other.callReports.store("us-1", [single]));
      const stored = (await Promise.all([...one, ...two])).flat();
      expect(new Set(stored.map(({ id }) => id)).size).toBe(20);
      expect(stored.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(20);
    });

    it("recognizes a report after its call was deleted, until it expires", async () => {
      const { store, clock } = await setUpFirms();
      const same = report({ identity: "id 1", isLogged: false });
      const [first] = await store.callReports.store("us-1", [same]);
      await store.calls.deleteByFirm("us-1", 10);
      expect(await store.callReports.store("us-1", [same])).toEqual([{ id: first?.id, isDuplicate: true }]);
      expect(await store.callReports.store("us-2", [same])).toMatchObject([{ isDuplicate: false }]);
      clock.now += MINUTE;
      expect(await store.reportedCalls.deleteExpired(10)).toBe(false);
      expect(await store.callReports.store("us-1", [same])).toMatchObject([{ isDuplicate: false }]);
    });
  });
}
