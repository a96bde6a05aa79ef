import { describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { NOON } from "../fixtures.ts";
import { report } from "./call-list.ts";
import { answer, ROUTED } from "./calls.ts";
import type { Engine } from "./setup.ts";

const MINUTE = 60_000;
const LEASE = { name: "calls us-1", holder: "this process", durationMs: MINUTE };

/** A reported call of Jane's, under a lease. */
async function reported({ calls, callReports, callOutbox, leases }: Store) {
  await calls.record("us-1", [answer(ROUTED)]);
  const [stored] = await callReports.store("us-1", [report()]);
  await leases.acquire(LEASE.name, LEASE.holder, LEASE.durationMs);
  const call = await callOutbox.nextDue("us-1");
  if (!stored || !call) throw new Error("nothing is due");
  expect(call.id).toBe(stored.id);
  return call;
}

export function callOutboxTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: the outbox of calls`, () => {
    it("has the call that has been due for the longest, and the firms that have one", async () => {
      const { store, clock } = await setUpFirms();
      expect(await store.callOutbox.firmsDue()).toEqual([]);
      const call = await reported(store);
      clock.now += 1;
      await store.callReports.store("us-1", [report({ isLogged: false }), report()]);
      await store.callReports.store("us-2", [report()]);
      expect((await store.callOutbox.firmsDue()).toSorted()).toEqual(["us-1", "us-2"]);
      expect(call).toMatchObject({
        step: "log",
        attempts: 0,
        attemptedAt: null,
        since: NOON,
        reportedAt: NOON,
      });
      expect(await store.callOutbox.nextDue("us-1")).toMatchObject({ id: call.id });
      expect(await store.callOutbox.totals()).toEqual({
        waiting: 3,
        needsChoice: 0,
        failed: 0,
        oldestSince: NOON,
      });
    });

    it("isn't due again after an attempt has begun, until its outcome can be asked for", async () => {
      const { store, clock } = await setUpFirms();
      const call = await reported(store);
      await store.callOutbox.beginAttempt(call, NOON + MINUTE, LEASE);
      expect(await store.callOutbox.nextDue("us-1")).toBeNull();
      clock.now += MINUTE;
      expect(await store.callOutbox.nextDue("us-1")).toMatchObject({ id: call.id, attemptedAt: NOON });
    });

    it("is written only by the process that holds the lease", async () => {
      const { store, clock } = await setUpFirms();
      const call = await reported(store);
      clock.now += MINUTE;
      await store.leases.acquire(LEASE.name, "another process", MINUTE);
      const retry = { at: NOON, error: "clio_error", isUnsent: false, isCounted: true };
      const { callOutbox } = store;
      for (const write of [
        () => callOutbox.beginAttempt(call, NOON, LEASE),
        () => callOutbox.advance(call, "task", call.content, LEASE),
        () => callOutbox.complete(call, call.content, true, LEASE),
        () => callOutbox.complete(call, call.content, false, LEASE),
        () => callOutbox.requireChoice(call, call.content, LEASE),
        () => callOutbox.retry(call, retry, LEASE),
        () => callOutbox.fail(call, "clio_error", LEASE),
      ])
        await expect(write()).rejects.toMatchObject({ code: "lease_lost" });
      expect(await callOutbox.nextDue("us-1")).toEqual(call);
    });

    it("takes one step after another", async () => {
      const { store } = await setUpFirms();
      const call = await reported(store);
      const content = { ...call.content, phoneLogId: 77 };
      await store.callOutbox.advance(call, "task", content, LEASE);
      const task = await store.callOutbox.nextDue("us-1");
      expect(task).toMatchObject({ step: "task", content: { phoneLogId: 77 } });
      if (!task) return;
      await store.callOutbox.complete(task, { ...content, taskId: 78 }, true, LEASE);
      expect(await store.callOutbox.nextDue("us-1")).toBeNull();
      expect(await store.callList.find("us-1", call.id)).toMatchObject({
        log: { state: "logged", step: null },
        content: { phoneLogId: 77, taskId: 78 },
      });
    });

    it("forgets an attempt that certainly created nothing, and counts failed tries", async () => {
      const { store, clock } = await setUpFirms();
      const call = await reported(store);
      const failure = { at: NOON + MINUTE, error: "clio_permission" };
      await store.callOutbox.beginAttempt(call, NOON + MINUTE, LEASE);
      await store.callOutbox.retry(call, { ...failure, isUnsent: true, isCounted: true }, LEASE);
      clock.now += MINUTE;
      const again = await store.callOutbox.nextDue("us-1");
      expect(again).toMatchObject({ attempts: 1, attemptedAt: null });
      if (!again) return;
      await store.callOutbox.beginAttempt(again, NOON + MINUTE, LEASE);
      await store.callOutbox.retry(again, { ...failure, isUnsent: false, isCounted: false }, LEASE);
      expect(await store.callOutbox.nextDue("us-1")).toMatchObject({
        attempts: 1,
        attemptedAt: NOON + MINUTE,
      });
      expect(await store.callList.find("us-1", call.id)).toMatchObject({ log: { error: "clio_permission" } });
    });

    it("fails calls that have waited too long, of one firm", async () => {
      const { store } = await setUpFirms();
      const call = await reported(store);
      await store.callReports.store("us-2", [report()]);
      await store.callOutbox.failOverdue("us-1", NOON, "clio_error");
      expect(await store.callOutbox.totals()).toMatchObject({ waiting: 2, failed: 0 });
      await store.callOutbox.failOverdue("us-1", NOON + 1, "clio_error");
      expect(await store.callOutbox.totals()).toMatchObject({ waiting: 1, failed: 1 });
      expect(await store.callOutbox.tryAgain("us-2", call.id)).toBe(false);
      expect(await store.callOutbox.tryAgain("us-1", call.id)).toBe(true);
      expect(await store.callOutbox.nextDue("us-1")).toMatchObject({ id: call.id, step: "log" });
    });

    it("lets a user choose for a call that waits for it, and only once", async () => {
      const { store, open } = await setUpFirms();
      const other = name === "SQLite" ? store : await open();
      const call = await reported(store);
      const parties = { contact: { id: 9, name: "Bea Whitlock" }, matter: null, person: null };
      expect(await store.callOutbox.choose("us-1", call.id, parties)).toBe(false);
      await store.callOutbox.requireChoice(call, { ...call.content, contact: null }, LEASE);
      expect(await store.callList.undecided("us-1", 10)).toMatchObject([{ id: call.id }]);
      const chosen = await Promise.all([
        store.callOutbox.choose("us-1", call.id, parties),
        other.callOutbox.choose("us-1", call.id, parties),
        store.callOutbox.dismiss("us-2", call.id),
      ]);
      expect(chosen.filter((isChosen) => isChosen)).toHaveLength(1);
      expect(await store.callOutbox.nextDue("us-1")).toMatchObject({
        step: "log",
        content: { contact: { id: 9 }, matter: null, isChosen: true },
      });
      expect(await store.callOutbox.dismiss("us-1", call.id)).toBe(false);
    });

    it("leaves a call that can't be decrypted for later, and goes on with the others", async () => {
      const { store, clock, runSql } = await setUpFirms();
      const call = await reported(store);
      await store.callReports.store("us-1", [report()]);
      await runSql(`update calls set sealed = 'damaged' where id = '${call.id}'`);
      expect((await store.callOutbox.nextDue("us-1"))?.id).not.toBe(call.id);
      expect(await store.callOutbox.totals()).toMatchObject({ waiting: 2 });
      clock.now += 60 * MINUTE;
      expect(await store.callOutbox.firmsDue()).toEqual(["us-1"]);
    });
  });
}
