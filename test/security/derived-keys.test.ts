import { hkdfSync } from "node:crypto";
import { expect, it } from "vitest";
import { deriveKeys, type KeyPurpose } from "../../src/security/derived-keys.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(40).fill(2);
const PURPOSES: KeyPurpose[] = ["sealing", "state", "session", "index"];

it("derives a key of 32 bytes and an ID from each secret key, in order", () => {
  const both = deriveKeys([NEW, OLD], "sealing");
  expect(both).toEqual([...deriveKeys([NEW], "sealing"), ...deriveKeys([OLD], "sealing")]);
  for (const { kid, key } of both) {
    expect(kid).toMatch(/^[\w-]{11}$/);
    expect(key).toHaveLength(32);
  }
  expect(new Set(both.map(({ kid }) => kid)).size).toBe(2);
});

it("derives a different key for each purpose, none of them the secret key or related to the ID", () => {
  const keys = PURPOSES.map((purpose) => deriveKeys([OLD], purpose)[0]!);
  const texts = keys.map(({ key }) => Buffer.from(key).toString("base64url"));
  expect(new Set([...texts, Buffer.from(OLD).toString("base64url")]).size).toBe(PURPOSES.length + 1);
  for (const [index, { kid }] of keys.entries()) expect(texts[index]).not.toContain(kid);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
});

it("is standard HKDF-SHA256, so that stored values stay readable", () => {
  const expected = new Uint8Array(hkdfSync("sha256", OLD, new Uint8Array(), "clio-call-router/sealing", 32));
  expect(deriveKeys([OLD], "sealing")[0]?.key).toEqual(expected);
});
