import { describe, expect, it } from "vitest";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { NOON, token, user } from "../fixtures.ts";
import { contact, mirrorOf } from "./records.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const EVENT = {
  firmId: "us-1",
  kind: "key_created",
  actor: { userId: 350, userName: "User 350" },
  subject: null,
  detail: "Front desk",
  origin: "192.0.2.1",
};
const ONE_CONTACT = { users: 0, contacts: 1, matters: 0 };

export function rotatedKeyTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: rotated secret keys`, () => {
    it("decrypt with the old key and encrypt with the new one", async () => {
      const { store, open } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await store.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await both.connections.lookupAccount("us-1")).toMatchObject({ token: token("350") });
      await both.connections.saveToken("us-1", 350, token("next"), generation);
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.connections.lookupAccount("us-1")).toMatchObject({
        userName: "User 350",
        token: token("next"),
      });
    });

    it("can be removed after one start with the new key in front: everything opens without them", async () => {
      const { store, open } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-2", 351));
      const webhook = await store.webhooks.add(
        { firmId: "us-1", userId: 350, model: "contact", expiresAt: NOON },
        (id) => id,
      );
      await store.webhooks.confirmHandshake(webhook.id, "a secret of Clio's");
      const mirror = await store.mirrors.create("us-1", 350, "format");
      await store.mirrorRecords.put(mirror.id, "contact", [contact(1, ["one"])], "no-deletions");
      await store.auditEvents.add(EVENT);
      await store.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await mirrorOf(both, "us-1")).toEqual({ ...mirror, changedAt: NOON, records: ONE_CONTACT });
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.connections.find("us-1", 350)).toMatchObject({ token: token("350") });
      expect(await onlyNew.connections.find("us-2", 351)).toMatchObject({ token: token("351") });
      expect(await onlyNew.webhooks.find(webhook.id)).toMatchObject({ secret: "a secret of Clio's" });
      expect(await onlyNew.mirrorRecords.contactsByTerms(mirror.id, ["one"])).toEqual([contact(1).content]);
      expect(await mirrorOf(onlyNew, "us-1")).toMatchObject({ formatVersion: "format" });
      const history = { since: 0, before: null, limit: 10 };
      expect(await onlyNew.auditEvents.listByFirm("us-1", history)).toMatchObject([EVENT]);
      await onlyNew.close();

      const onlyOld = await open(createSealer([OLD_KEY]));
      expect(await onlyOld.connections.find("us-1", 350)).toMatchObject({ state: "unreadable" });
      expect(await onlyOld.webhooks.find(webhook.id)).toMatchObject({ secret: null });
      await expect(onlyOld.mirrorRecords.users(mirror.id)).rejects.toThrow(SealError);
      // Another format, so that the mirror is replaced.
      expect(await mirrorOf(onlyOld, "us-1")).toMatchObject({ formatVersion: "" });
    });

    it("can be put in front one process after another, once every process has both keys", async () => {
      const { store, open } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      const mirror = await store.mirrors.create("us-1", 350, "format");
      await store.mirrorRecords.put(mirror.id, "contact", [contact(1, ["one"])], "no-deletions");
      await store.close();
      const notYet = await open(createSealer([OLD_KEY, NEW_KEY]));
      await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await notYet.mirrors.findByFirm("us-1")).toMatchObject({ lookupUserId: 350 });
      expect(await mirrorOf(notYet, "us-1")).toMatchObject({ id: mirror.id, formatVersion: "format" });
      expect(await notYet.connections.lookupAccount("us-1")).toMatchObject({ token: token("350") });
      expect(await notYet.mirrorRecords.contactsByTerms(mirror.id, ["one"])).toEqual([contact(1).content]);
    });

    it("make a connection unreadable when the old key is removed, without an error", async () => {
      const { store, clock, open } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-1", 351));
      const { generation } = await store.connections.save(user("us-2", 350));
      await store.close();

      const other = await open(createSealer([NEW_KEY]));
      clock.now += 1;
      const readable = await other.connections.save(user("us-1", 352));
      expect(await other.connections.listByFirm("us-1")).toMatchObject([
        { userId: 350, state: "unreadable", userName: null, userEmail: null, token: null, connectedAt: NOON },
        { userId: 351, state: "unreadable" },
        { userId: 352, state: "connected" },
      ]);
      expect(await other.connections.countByFirm()).toEqual(
        new Map([
          ["us-1", { connected: 1, revoked: 0, unreadable: 2 }],
          ["us-2", { connected: 0, revoked: 0, unreadable: 1 }],
        ]),
      );
      expect(await other.connections.lookupAccount("us-1")).toEqual(readable);
      expect(await other.connections.lookupAccount("us-2")).toBeNull();
      expect(await other.connections.find("us-2", 350)).toMatchObject({ state: "unreadable" });
      expect(await other.connections.saveToken("us-2", 350, token("next"), generation)).toBe(false);

      await other.connections.save(user("us-2", 350));
      expect(await other.connections.lookupAccount("us-2")).toMatchObject({
        userId: 350,
        state: "connected",
      });
    });
  });
}
