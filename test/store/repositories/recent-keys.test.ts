import { describe, expect, test } from "vitest";
import { RecentKeys } from "../../../src/store/repositories/recent-keys.ts";

const front = { firmId: "us-1", keyId: "0123456789ab" };
const valid = async () => front;

function setUp() {
  const clock = { now: 5_000 };
  return { clock, keys: new RecentKeys(() => clock.now) };
}

describe("recent keys", () => {
  test("are found for less than a second after their verification began", async () => {
    const { clock, keys } = setUp();
    await keys.remember("front desk", async () => {
      clock.now += 400;
      return front;
    });
    clock.now += 599;
    expect(keys.find("front desk")).toMatchObject(front);
    clock.now += 1;
    expect(keys.find("front desk")).toBeNull();
  });

  test("are found only by the exact key", async () => {
    const { keys } = setUp();
    await keys.remember("front desk", valid);
    for (const other of ["", "front des", "front desk ", "Front desk"]) expect(keys.find(other)).toBeNull();
  });

  test("don't include invalid keys, however many there are", async () => {
    const { keys } = setUp();
    await keys.remember("front desk", valid);
    for (let at = 0; at < 5_000; at += 1) {
      expect(await keys.remember(`wrong ${at}`, async () => null)).toBeNull();
      expect(keys.find(`wrong ${at}`)).toBeNull();
    }
    expect(keys.find("front desk")).toMatchObject(front);
  });

  test("are forgotten when a key is revoked, even one whose verification was under way", async () => {
    const { keys } = setUp();
    await keys.remember("front desk", valid);
    await keys.remember("night line", async () => {
      keys.clear();
      return front;
    });
    expect(keys.find("front desk")).toBeNull();
    expect(keys.find("night line")).toBeNull();
  });
});
