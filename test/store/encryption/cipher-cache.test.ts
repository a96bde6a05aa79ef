import { expect, test, vi } from "vitest";
import { CipherCache } from "../../../src/store/encryption/cipher-cache.ts";
import { createDataKey } from "../../../src/store/encryption/data-key.ts";
import { createRecordCipher } from "../../../src/store/encryption/record-cipher.ts";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";

async function setUp() {
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const dataKey = createDataKey();
  const wrapped = await sealer.wrapKey(dataKey, "data-key:firm:us-1");
  const unwrapKey = vi.fn(sealer.unwrapKey);
  return { dataKey, wrapped, unwrapKey, cache: new CipherCache({ unwrapKey }) };
}

test("unwraps a key once", async () => {
  const { dataKey, wrapped, unwrapKey, cache } = await setUp();
  const open = () => cache.open(wrapped, "data-key:firm:us-1");
  const [first, second] = await Promise.all([open(), open()]);
  expect(first.hash("text")).toBe(createRecordCipher(dataKey).hash("text"));
  expect(second).toBe(first);
  expect(await open()).toBe(first);
  expect(unwrapKey).toHaveBeenCalledOnce();
});

test("doesn't open a key that was moved to another firm, even if it is in memory", async () => {
  const { wrapped, cache } = await setUp();
  await cache.open(wrapped, "data-key:firm:us-1");
  await expect(cache.open(wrapped, "data-key:firm:us-2")).rejects.toThrow(SealError);
});

test("tries again after a failure", async () => {
  const { wrapped, unwrapKey, cache } = await setUp();
  unwrapKey.mockRejectedValueOnce(new SealError("sealed with a key that is not in SECRET_KEY"));
  await expect(cache.open(wrapped, "data-key:firm:us-1")).rejects.toThrow(SealError);
  await expect(cache.open(wrapped, "data-key:firm:us-1")).resolves.toBeDefined();
});
