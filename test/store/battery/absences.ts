import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON } from "../fixtures.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const DAY_MS = 24 * 60 * 60_000;
const VACATION = { userId: 350, from: NOON, until: NOON + DAY_MS, standInId: 351, note: "Reach me by email" };
const OPEN_ENDED = { userId: 351, from: NOON - DAY_MS, until: null, standInId: null, note: null };
const CHOICE = {
  eventTypes: [
    { id: 7, name: "Vacation" },
    { id: 9, name: "Court" },
  ],
  includesAllDay: true,
  includesAttendees: false,
};
const ENTRIES = {
  absences: [{ userId: 350, from: NOON, until: NOON + 1000 }],
  hiddenUserIds: [352],
  horizonMs: 14 * DAY_MS,
};

export function absenceTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: absences`, () => {
    it("are returned as they were entered, by their beginning", async () => {
      const { store } = await setUpFirms();
      expect(await store.absences.listByFirm("us-1")).toEqual([]);
      const id = await store.absences.add("us-1", VACATION);
      const other = await store.absences.add("us-1", OPEN_ENDED);
      expect(await store.absences.listByFirm("us-1")).toEqual([
        { ...OPEN_ENDED, id: other },
        { ...VACATION, id },
      ]);
    });

    it("are changed and removed one by one", async () => {
      const { store } = await setUpFirms();
      const id = await store.absences.add("us-1", VACATION);
      const other = await store.absences.add("us-1", OPEN_ENDED);
      await store.absences.update("us-1", { ...VACATION, id, until: null });
      await store.absences.remove("us-1", other);
      expect(await store.absences.listByFirm("us-1")).toEqual([{ ...VACATION, id, until: null }]);
      await store.absences.update("us-1", { ...OPEN_ENDED, id: other });
      expect(await store.absences.listByFirm("us-1")).toHaveLength(1);
    });

    it("belong to one firm, and are deleted with it", async () => {
      const { store } = await setUpFirms();
      const id = await store.absences.add("us-1", VACATION);
      await store.absences.add("us-2", OPEN_ENDED);
      await store.absences.remove("us-2", id);
      await store.absences.update("us-2", { ...OPEN_ENDED, id });
      expect(await store.absences.listByFirm("us-1")).toEqual([{ ...VACATION, id }]);
      await expect(store.absences.add("us-3", VACATION)).rejects.toThrow();
      await store.firms.remove("us-1");
      expect(await store.absences.listByFirm("us-1")).toEqual([]);
      expect(await store.absences.listByFirm("us-2")).toHaveLength(1);
    });

    it("are encrypted, and don't decrypt in another row or another firm's", async () => {
      const { store, runSql } = await setUpFirms();
      const id = await store.absences.add("us-1", VACATION);
      const other = await store.absences.add("us-1", OPEN_ENDED);
      await runSql(
        `update absences set sealed = (select sealed from absences where id = '${id}') where id = '${other}'`,
      );
      expect(await store.absences.listByFirm("us-1")).toEqual([{ ...VACATION, id }]);
      await store.absences.add("us-2", OPEN_ENDED);
      await runSql(`update absences set firm_id = 'us-2' where id = '${id}'`);
      expect(await store.absences.listByFirm("us-2")).toMatchObject([OPEN_ENDED]);
    });

    it("stay readable when the secret key is replaced, and are left out without it", async () => {
      const { store, open } = await setUpFirms();
      await store.absences.add("us-1", VACATION);
      await store.absenceCalendars.choose("us-1", CHOICE);
      await store.close();
      const without = await open(createSealer([NEW_KEY]));
      expect(await without.absences.listByFirm("us-1")).toEqual([]);
      expect(await without.absenceCalendars.find("us-1")).toBeNull();
      await without.close();
      await (await open(createSealer([NEW_KEY, OLD_KEY]))).close();
      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.absences.listByFirm("us-1")).toMatchObject([VACATION]);
      expect(await onlyNew.absenceCalendars.find("us-1")).toMatchObject({ choice: CHOICE });
    });

    it("that ended are deleted in batches, and open ones stay", async () => {
      const { store } = await setUpFirms();
      for (const firmId of ["us-1", "us-2"]) {
        await store.absences.add(firmId, VACATION);
        await store.absences.add(firmId, OPEN_ENDED);
      }
      expect(await store.absences.deleteEndedBefore(VACATION.until, 500)).toBe(false);
      expect(await store.absences.listByFirm("us-1")).toHaveLength(2);
      expect(await store.absences.deleteEndedBefore(VACATION.until + 1, 1)).toBe(true);
      expect(await store.absences.deleteEndedBefore(VACATION.until + 1, 500)).toBe(false);
      for (const firmId of ["us-1", "us-2"])
        expect(await store.absences.listByFirm(firmId)).toMatchObject([OPEN_ENDED]);
    });
  });

  describe(`${name}: the revision of a firm's absences`, () => {
    const changes: [change: string, apply: (store: Store) => Promise<unknown>][] = [
      ["adding an absence", (store) => store.absences.add("us-1", VACATION)],
      ["changing one", (store) => store.absences.update("us-1", { ...VACATION, id: "0123456789abcdef" })],
      ["removing one", (store) => store.absences.remove("us-1", "0123456789abcdef")],
      ["setting the time zone", (store) => store.firms.setTimeZone("us-1", "America/Chicago")],
      ["choosing calendars", (store) => store.absenceCalendars.choose("us-1", CHOICE)],
      ["no longer using calendars", (store) => store.absenceCalendars.remove("us-1")],
    ];
    it.each(changes)("%s changes it for every process, and that of no other firm", async (_, apply) => {
      const { store, open } = await setUpFirms();
      const other = await open();
      expect(await store.absences.revision("us-1")).toBe(0);
      await apply(store);
      const revision = await other.absences.revision("us-1");
      expect(revision).toBeGreaterThan(0);
      await apply(other);
      expect(await store.absences.revision("us-1")).not.toBe(revision);
      expect(await store.absences.revision("us-2")).toBe(0);
    });

    it("changes when the calendars have new entries, and not otherwise", async () => {
      const { store } = await setUpFirms();
      const { absences, absenceCalendars } = store;
      await absenceCalendars.choose("us-1", CHOICE);
      const chosen = await absences.revision("us-1");
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON);
      const first = await absences.revision("us-1");
      expect(first).not.toBe(chosen);
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON + 1000);
      await absenceCalendars.recordError("us-1", "clio_timeout");
      expect(await absences.revision("us-1")).toBe(first);
      await absenceCalendars.recordEntries("us-1", CHOICE, { ...ENTRIES, absences: [] }, NOON + 2000);
      expect(await absences.revision("us-1")).not.toBe(first);
    });
  });

  describe(`${name}: calendars that count as absences`, () => {
    it("are none until the firm chooses, and none again afterwards", async () => {
      const { store } = await setUpFirms();
      const { absenceCalendars } = store;
      expect(await absenceCalendars.find("us-1")).toBeNull();
      await absenceCalendars.choose("us-1", CHOICE);
      expect(await absenceCalendars.find("us-1")).toEqual({
        choice: CHOICE,
        entries: null,
        readAt: null,
        lastErrorCode: null,
      });
      expect(await absenceCalendars.find("us-2")).toBeNull();
      await absenceCalendars.remove("us-1");
      expect(await absenceCalendars.find("us-1")).toBeNull();
    });

    it("keep what was read last, also when a later reading fails", async () => {
      const { store } = await setUpFirms();
      const { absenceCalendars } = store;
      await absenceCalendars.choose("us-1", CHOICE);
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON);
      await absenceCalendars.recordError("us-1", "clio_permission");
      expect(await absenceCalendars.find("us-1")).toEqual({
        choice: CHOICE,
        entries: ENTRIES,
        readAt: NOON,
        lastErrorCode: "clio_permission",
      });
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON + 1000);
      expect(await absenceCalendars.find("us-1")).toMatchObject({ readAt: NOON + 1000, lastErrorCode: null });
    });

    it("forget what was read for another choice, and ignore it if it comes late", async () => {
      const { store } = await setUpFirms();
      const { absenceCalendars } = store;
      await absenceCalendars.choose("us-1", CHOICE);
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON);
      const other = { ...CHOICE, eventTypes: [] };
      await absenceCalendars.choose("us-1", other);
      await absenceCalendars.recordEntries("us-1", CHOICE, ENTRIES, NOON);
      expect(await absenceCalendars.find("us-1")).toMatchObject({ choice: other, entries: null });
      await absenceCalendars.remove("us-1");
      await absenceCalendars.recordEntries("us-1", other, ENTRIES, NOON);
      expect(await absenceCalendars.find("us-1")).toBeNull();
    });

    it("go with the firm", async () => {
      const { store } = await setUpFirms();
      await store.absenceCalendars.choose("us-1", CHOICE);
      await store.firms.remove("us-1");
      expect(await store.absenceCalendars.find("us-1")).toBeNull();
      await expect(store.absenceCalendars.choose("us-1", CHOICE)).rejects.toThrow();
    });
  });

  describe(`${name}: the time zone of a firm`, () => {
    it("is that of the user who admits it, until it is set", async () => {
      const { store } = await setUpFirms();
      const firm = { region: "us", accountId: 3, name: "Poe LLP" };
      await store.firms.admit({ ...firm, timeZone: "America/Denver" }, { onlyFirst: false });
      await store.firms.admit({ ...firm, timeZone: "America/New_York" }, { onlyFirst: false });
      expect(await store.firms.find("us-3")).toMatchObject({ timeZone: "America/Denver" });
      await store.firms.setTimeZone("us-3", "America/Phoenix");
      await store.firms.admit({ ...firm, timeZone: "America/Denver" }, { onlyFirst: false });
      expect(await store.firms.find("us-3")).toMatchObject({ timeZone: "America/Phoenix" });
    });
  });
}
