import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createRecordCipher } from "../../../src/store/encryption/record-cipher.ts";
import { SealError } from "../../../src/store/encryption/seal-error.ts";

/** The data keys of two mirrors. */
const ONE = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const CONTEXT = "contact:2512428500";
const TEXT = JSON.stringify({ name: "Zoë 李", phoneNumbers: ["(415) 555-0171"] });

const cipherOf = createRecordCipher;

describe("an encrypted record", () => {
  it("decrypts to what it was, and shows none of it", () => {
    const encrypted = cipherOf(ONE).encrypt(TEXT, CONTEXT);
    expect(cipherOf(ONE).decrypt(encrypted, CONTEXT)).toBe(TEXT);
    expect(encrypted).toMatch(/^[\w-]+$/);
    for (const shown of [encrypted, Buffer.from(encrypted, "base64url").toString("latin1")]) {
      expect(shown).not.toContain("555-0171");
      expect(shown).not.toContain("phoneNumbers");
    }
    expect(cipherOf(ONE).decrypt(cipherOf(ONE).encrypt("", CONTEXT), CONTEXT)).toBe("");
  });

  it("is different each time", () => {
    const cipher = cipherOf(ONE);
    const encrypted = Array.from({ length: 100 }, () => cipher.encrypt(TEXT, CONTEXT));
    expect(new Set(encrypted.map((one) => one.slice(0, 16))).size).toBe(100);
    expect(new Set(encrypted.map((one) => one.slice(16, 32))).size).toBe(100);
  });

  it.each<[string, (encrypted: string) => string]>([
    [
      "another record",
      () => cipherOf(ONE).decrypt(cipherOf(ONE).encrypt(TEXT, CONTEXT), "contact:2512428501"),
    ],
    [
      "another kind of record",
      () => cipherOf(ONE).decrypt(cipherOf(ONE).encrypt(TEXT, CONTEXT), "matter:2512428500"),
    ],
    ["another mirror", (encrypted) => cipherOf(OTHER).decrypt(encrypted, CONTEXT)],
    ["a cut text", (encrypted) => cipherOf(ONE).decrypt(encrypted.slice(0, -4), CONTEXT)],
    ["an empty text", () => cipherOf(ONE).decrypt("", CONTEXT)],
    ["a longer text", (encrypted) => cipherOf(ONE).decrypt(`${encrypted}AAAA`, CONTEXT)],
    ["a text that was never encrypted", () => cipherOf(ONE).decrypt(TEXT, CONTEXT)],
  ])("does not decrypt as, or with, %s", (_, opening) => {
    expect(() => opening(cipherOf(ONE).encrypt(TEXT, CONTEXT))).toThrow(SealError);
  });

  it("does not decrypt if any bit is changed", () => {
    const bytes = Buffer.from(cipherOf(ONE).encrypt(TEXT, CONTEXT), "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => cipherOf(ONE).decrypt(changed.toString("base64url"), CONTEXT)).toThrow(SealError);
    }
  });

  it("shows nothing of the content in the error", () => {
    const encrypted = cipherOf(ONE).encrypt(TEXT, CONTEXT);
    try {
      cipherOf(OTHER).decrypt(encrypted, CONTEXT);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(encrypted);
      expect(error).toMatchObject({ code: "seal_error" });
    }
  });
});

describe("a hashed term", () => {
  const TERM = "whole +14155550171";

  it("is the same each time in one mirror, and different in every other", () => {
    const hash = cipherOf(ONE).hash(TERM);
    expect(cipherOf(ONE).hash(TERM)).toBe(hash);
    expect(hash).toMatch(/^[\w-]{22}$/);
    const hashes = [
      hash,
      cipherOf(OTHER).hash(TERM),
      cipherOf(ONE).hash("whole +14155550172"),
      cipherOf(ONE).hash(""),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("stays what it was, because copies in databases are searched for it", () => {
    expect(cipherOf(ONE).hash(TERM)).toBe("s_3le3GbnSPqkCMAG-y0VA");
    expect(cipherOf(ONE).hash("last_4 0171")).toBe("F26pD0JKVVYpmxA6Cgbl1g");
    expect(cipherOf(ONE).hash("Zoë 李")).toBe("1whdGHQBZvhadd2Du1LBcw");
    for (let number = 0; number < 100; number++)
      expect(Buffer.from(cipherOf(ONE).hash(`${number}`), "base64url").toString("base64url")).toBe(
        cipherOf(ONE).hash(`${number}`),
      );
  });

  it("can't be computed with the data key itself, or without one", () => {
    const hash = cipherOf(ONE).hash(TERM);
    const guesses = [
      createHash("sha256").update(TERM),
      createHmac("sha256", "").update(TERM),
      createHmac("sha256", ONE).update(TERM),
    ];
    for (const guess of guesses) expect(guess.digest("base64url").slice(0, 22)).not.toBe(hash);
  });
});
