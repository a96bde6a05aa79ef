import { describe, expect, it } from "vitest";
import { INVITATION_LIFETIME_MS } from "../../../src/store/repositories/invitations.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

const DOE = { region: "us", accountId: 1, name: "Doe LLP" };
const ROE = { region: "us", accountId: 2, name: "Roe LLP" };

function admit(store: Store, firm: typeof DOE, invitation: string | null) {
  return store.firms.admit(firm, { onlyFirst: false, invitation });
}

export function invitationTests({ name, setUp }: Engine): void {
  describe(`${name}: invitations`, () => {
    it("are valid once, for a week", async () => {
      const { store, clock } = await setUp();
      const { token, expiresAt } = await store.invitations.create();
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(expiresAt).toBe(NOON + 7 * 24 * 60 * 60_000);
      const other = await store.invitations.create();
      expect(other.token).not.toBe(token);

      clock.now = expiresAt - 1;
      expect(await store.invitations.isValid(token)).toBe(true);
      expect(await store.invitations.isValid(token)).toBe(true);
      expect(await store.invitations.consume(token)).toBe(true);
      expect(await store.invitations.isValid(token)).toBe(false);
      expect(await store.invitations.consume(token)).toBe(false);
      expect(await store.invitations.isValid(other.token)).toBe(true);

      clock.now = expiresAt;
      expect(await store.invitations.isValid(other.token)).toBe(false);
      expect(await store.invitations.consume(other.token)).toBe(false);
    });

    it("are invalid if anything is changed, cut off or added", async () => {
      const { store } = await setUp();
      const { token } = await store.invitations.create();
      for (const wrong of [
        "",
        token.slice(1),
        `${token}A`,
        ` ${token}`,
        token.toUpperCase(),
        "x".repeat(500),
      ]) {
        expect(await store.invitations.isValid(wrong)).toBe(false);
        expect(await store.invitations.consume(wrong)).toBe(false);
      }
      expect(await store.invitations.consume(token)).toBe(true);
    });

    it("can be used by one of many callers at the same time", async () => {
      const { store } = await setUp();
      const { token } = await store.invitations.create();
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.invitations.consume(token)));
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    it("persist when the store is closed, used or not", async () => {
      const { store, open } = await setUp();
      const [used, fresh] = [await store.invitations.create(), await store.invitations.create()];
      await store.invitations.consume(used.token);
      await store.close();
      const again = await open();
      expect(await again.invitations.isValid(used.token)).toBe(false);
      expect(await again.invitations.isValid(fresh.token)).toBe(true);
    });

    it("stay valid when another is created, and are deleted once expired", async () => {
      const { store, clock } = await setUp();
      const first = await store.invitations.create();
      clock.now += INVITATION_LIFETIME_MS;
      const second = await store.invitations.create();
      // With an earlier clock, it would be valid again if it were still stored.
      clock.now -= 1;
      expect(await store.invitations.isValid(first.token)).toBe(false);
      await store.invitations.create();
      expect(await store.invitations.isValid(second.token)).toBe(true);
    });
  });

  describe(`${name}: admission with an invitation`, () => {
    it("admits one firm and uses up the invitation", async () => {
      const { store } = await setUp();
      const { token } = await store.invitations.create();
      expect(await admit(store, DOE, token)).toBe("admitted");
      expect(await store.invitations.isValid(token)).toBe(false);
      expect(await admit(store, ROE, token)).toBe("refused");
      expect(await store.firms.count()).toBe(1);
    });

    it("leaves it valid if the firm was already admitted, or is refused", async () => {
      const { store } = await setUp();
      await store.firms.admit(DOE, { onlyFirst: false });
      const { token } = await store.invitations.create();
      expect(await admit(store, { ...DOE, name: "Doe & Roe LLP" }, token)).toBe("already admitted");
      expect(await store.firms.find("us-1")).toMatchObject({ name: "Doe & Roe LLP" });
      expect(await store.firms.admit(ROE, { onlyFirst: true, invitation: token })).toBe("refused");
      expect(await store.invitations.isValid(token)).toBe(true);
    });

    it("refuses new firms without an invitation or with a wrong one", async () => {
      const { store } = await setUp();
      await store.firms.admit(DOE, { onlyFirst: false });
      for (const invitation of [null, "", "wrong"]) {
        expect(await admit(store, ROE, invitation)).toBe("refused");
        expect(await admit(store, DOE, invitation)).toBe("already admitted");
      }
      expect((await store.firms.list()).map(({ id }) => id)).toEqual(["us-1"]);
    });

    it("admits one of many firms with the same invitation at the same time", async () => {
      const { store } = await setUp();
      const { token } = await store.invitations.create();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => admit(store, { ...DOE, accountId: 100 + index }, token)),
      );
      expect(answers.filter((answer) => answer === "admitted")).toHaveLength(1);
      expect(answers.filter((answer) => answer === "refused")).toHaveLength(19);
      expect(await store.firms.count()).toBe(1);
    });
  });
}
