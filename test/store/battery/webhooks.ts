import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON, token, user } from "../fixtures.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const SECRET = "shared-secret-from-clio";

const urlOf = (id: string) => `https://router.example/webhooks/clio/${id}`;

function add(store: Store, firmId = "us-1", model: "contact" | "matter" = "contact") {
  return store.webhooks.add({ firmId, userId: 350, model, expiresAt: NOON + 1000 }, urlOf);
}

export function webhookTests({ name, setUpFirms: setUpWithoutUsers }: Engine): void {
  /** A store with two firms, each with the user that the webhooks belong to. */
  async function setUpFirms() {
    const opened = await setUpWithoutUsers();
    for (const firmId of ["us-1", "us-2"]) await opened.store.connections.save(user(firmId, 350));
    return opened;
  }

  describe(`${name}: webhooks`, () => {
    it("have a unique URL before they are created in Clio", async () => {
      const { store } = await setUpFirms();
      const webhook = await add(store);
      expect(webhook).toEqual({
        id: expect.stringMatching(/^[\w-]{22}$/),
        firmId: "us-1",
        userId: 350,
        model: "contact",
        url: urlOf(webhook.id),
        clioId: null,
        secret: null,
        expiresAt: NOON + 1000,
      });
      expect((await add(store)).id).not.toBe(webhook.id);
      expect(await store.webhooks.find(webhook.id)).toEqual(webhook);
      expect(await store.webhooks.find("")).toBeNull();
      expect(await store.webhooks.find(webhook.id.slice(1))).toBeNull();
    });

    it("can't be added for a firm that isn't admitted", async () => {
      const { store } = await setUpFirms();
      await expect(add(store, "us-3")).rejects.toThrow();
      expect(await store.webhooks.listFirmIds()).toEqual([]);
    });

    it("get Clio's ID and a later expiry, only from their own firm", async () => {
      const { store } = await setUpFirms();
      const webhook = await add(store);
      await store.webhooks.recordCreated("us-2", webhook.id, 1, NOON);
      expect(await store.webhooks.find(webhook.id)).toEqual(webhook);
      await store.webhooks.recordCreated("us-1", webhook.id, 9_007_199_254_740_991, NOON + 5000);
      expect(await store.webhooks.find(webhook.id)).toEqual({
        ...webhook,
        clioId: 9_007_199_254_740_991,
        expiresAt: NOON + 5000,
      });
    });

    it("are listed by firm and model, and removed only by their own firm", async () => {
      const { store } = await setUpFirms();
      const matters = await add(store, "us-1", "matter");
      const contacts = await add(store, "us-1", "contact");
      const others = await add(store, "us-2", "contact");
      expect(await store.webhooks.listByFirm("us-1")).toEqual([contacts, matters]);
      expect(await store.webhooks.listByFirm("us-2")).toEqual([others]);
      expect((await store.webhooks.listFirmIds()).toSorted()).toEqual(["us-1", "us-2"]);

      await store.webhooks.remove("us-2", matters.id);
      expect(await store.webhooks.listByFirm("us-1")).toEqual([contacts, matters]);
      await store.webhooks.remove("us-1", matters.id);
      await store.webhooks.remove("us-1", matters.id);
      expect(await store.webhooks.listByFirm("us-1")).toEqual([contacts]);
      await store.webhooks.remove("us-1", contacts.id);
      expect(await store.webhooks.listFirmIds()).toEqual(["us-2"]);
    });

    it("are removed with their user's connection, and only with that one", async () => {
      const { store } = await setUpFirms();
      const removed = await add(store, "us-1");
      const kept = await add(store, "us-2");
      await store.webhooks.confirmHandshake(removed.id, SECRET);
      await store.connections.remove("us-1", 350);
      expect(await store.webhooks.listByFirm("us-1")).toEqual([]);
      expect(await store.webhooks.confirmHandshake(removed.id, SECRET)).toBe(false);
      expect(await store.webhooks.find(kept.id)).toEqual(kept);
    });

    it("keep their secret when their user connects again, or gets a new token", async () => {
      const { store } = await setUpFirms();
      const { id } = await add(store);
      await store.webhooks.confirmHandshake(id, SECRET);
      const { generation } = await store.connections.save({ ...user("us-1", 350), token: token("again") });
      await store.connections.saveToken("us-1", 350, token("next"), generation);
      expect(await store.webhooks.find(id)).toMatchObject({ secret: SECRET });
    });

    it("are removed with their own firm", async () => {
      const { store } = await setUpFirms();
      const removed = await add(store, "us-1");
      const kept = await add(store, "us-2");
      await store.webhooks.confirmHandshake(removed.id, SECRET);
      await store.firms.remove("us-1");
      expect(await store.webhooks.find(removed.id)).toBeNull();
      expect(await store.webhooks.listFirmIds()).toEqual(["us-2"]);
      expect(await store.webhooks.listByFirm("us-2")).toEqual([kept]);
      expect(await store.webhooks.confirmHandshake(removed.id, SECRET)).toBe(false);
    });
  });

  describe(`${name}: the handshake of a webhook`, () => {
    it("stores the first secret and refuses any other", async () => {
      const { store } = await setUpFirms();
      const webhook = await add(store);
      const other = await add(store);
      expect(await store.webhooks.confirmHandshake(webhook.id, SECRET)).toBe(true);
      expect(await store.webhooks.find(webhook.id)).toEqual({ ...webhook, secret: SECRET });
      expect(await store.webhooks.confirmHandshake(webhook.id, SECRET)).toBe(true);
      for (const wrong of ["another", "", `${SECRET} `, SECRET.toUpperCase(), SECRET.slice(1)])
        expect(await store.webhooks.confirmHandshake(webhook.id, wrong)).toBe(false);
      expect(await store.webhooks.find(webhook.id)).toEqual({ ...webhook, secret: SECRET });
      expect(await store.webhooks.find(other.id)).toEqual(other);
    });

    it("can arrive before and after Clio has returned its ID", async () => {
      const { store } = await setUpFirms();
      const early = await add(store);
      await store.webhooks.confirmHandshake(early.id, SECRET);
      await store.webhooks.recordCreated("us-1", early.id, 7, NOON + 2000);
      expect(await store.webhooks.find(early.id)).toMatchObject({ clioId: 7, secret: SECRET });
      const late = await add(store);
      await store.webhooks.recordCreated("us-1", late.id, 8, NOON + 2000);
      expect(await store.webhooks.confirmHandshake(late.id, SECRET)).toBe(true);
      expect(await store.webhooks.find(late.id)).toMatchObject({ clioId: 8, secret: SECRET });
    });

    it("is refused if the user isn't connected, because there is no key to encrypt the secret with", async () => {
      const { store } = await setUpFirms();
      const { id } = await store.webhooks.add(
        { firmId: "us-1", userId: 351, model: "contact", expiresAt: NOON },
        urlOf,
      );
      expect(await store.webhooks.confirmHandshake(id, SECRET)).toBe(false);
      expect(await store.webhooks.find(id)).toMatchObject({ secret: null });
    });

    it("is refused for an unknown ID", async () => {
      const { store } = await setUpFirms();
      await add(store);
      expect(await store.webhooks.confirmHandshake("AAAAAAAAAAAAAAAAAAAAAA", SECRET)).toBe(false);
      expect(await store.webhooks.confirmHandshake("", SECRET)).toBe(false);
    });

    it("stores one of several secrets that arrive at the same time", async () => {
      const { store } = await setUpFirms();
      const { id } = await add(store);
      const secrets = Array.from({ length: 10 }, (_, at) => `secret ${at}`);
      const accepted = await Promise.all(
        secrets.map((secret) => store.webhooks.confirmHandshake(id, secret)),
      );
      expect(accepted.filter(Boolean)).toHaveLength(1);
      expect((await store.webhooks.find(id))?.secret).toBe(secrets[accepted.indexOf(true)]);
    });

    it("persists when the store is closed, and when secret keys are rotated", async () => {
      const { store, open } = await setUpFirms();
      const webhook = await add(store);
      await store.webhooks.confirmHandshake(webhook.id, SECRET);
      await store.close();
      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await both.webhooks.listByFirm("us-1")).toEqual([{ ...webhook, secret: SECRET }]);
      expect(await both.webhooks.confirmHandshake(webhook.id, SECRET)).toBe(true);
    });

    it("can't be repeated once the secret key was removed, because the secret can't be compared", async () => {
      const { store, open } = await setUpFirms();
      const webhook = await add(store);
      await store.webhooks.confirmHandshake(webhook.id, SECRET);
      await store.close();
      const other = await open(createSealer([NEW_KEY]));
      expect(await other.webhooks.find(webhook.id)).toEqual({ ...webhook, secret: null });
      expect(await other.webhooks.listByFirm("us-1")).toEqual([{ ...webhook, secret: null }]);
      expect(await other.webhooks.confirmHandshake(webhook.id, SECRET)).toBe(false);
      expect(await other.webhooks.confirmHandshake(webhook.id, "")).toBe(false);
      await other.close();
      expect((await (await open()).webhooks.find(webhook.id))?.secret).toBe(SECRET);
    });
  });
}
