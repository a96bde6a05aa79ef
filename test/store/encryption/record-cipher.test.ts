import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createRecordCiphers } from "../../../src/store/encryption/record-cipher.ts";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const ONE = 281_474_976_710_654;
const OTHER = 281_474_976_710_653;
const PLACE = "contact:2512428500";
const TEXT = JSON.stringify({ name: "Zoë 李", phoneNumbers: ["(415) 555-0171"] });

const keysOf = (mirrorId: number, secretKeys = [OLD]) => createRecordCiphers(secretKeys)(mirrorId);

describe("a sealed record", () => {
  it("opens as it was, and shows nothing of it", () => {
    const sealed = keysOf(ONE).seal(TEXT, PLACE);
    expect(keysOf(ONE).open(sealed, PLACE)).toBe(TEXT);
    expect(sealed).toMatch(/^[\w-]+$/);
    for (const shown of [sealed, Buffer.from(sealed, "base64url").toString("latin1")]) {
      expect(shown).not.toContain("555-0171");
      expect(shown).not.toContain("phoneNumbers");
    }
    expect(keysOf(ONE).open(keysOf(ONE).seal("", PLACE), PLACE)).toBe("");
  });

  it("is sealed differently each time", () => {
    const keys = keysOf(ONE);
    const sealed = Array.from({ length: 100 }, () => keys.seal(TEXT, PLACE));
    expect(new Set(sealed.map((one) => one.slice(0, 16))).size).toBe(100);
    expect(new Set(sealed.map((one) => one.slice(16, 32))).size).toBe(100);
  });

  it.each<[string, (sealed: string) => string]>([
    ["another record", () => keysOf(ONE).open(keysOf(ONE).seal(TEXT, PLACE), "contact:2512428501")],
    ["another kind of record", () => keysOf(ONE).open(keysOf(ONE).seal(TEXT, PLACE), "matter:2512428500")],
    ["another mirror", (sealed) => keysOf(OTHER).open(sealed, PLACE)],
    ["another secret key", (sealed) => keysOf(ONE, [NEW]).open(sealed, PLACE)],
    ["an older secret key", (sealed) => keysOf(ONE, [NEW, OLD]).open(sealed, PLACE)],
    ["a cut", (sealed) => keysOf(ONE).open(sealed.slice(0, -4), PLACE)],
    ["a cut to nothing", () => keysOf(ONE).open("", PLACE)],
    ["something longer", (sealed) => keysOf(ONE).open(`${sealed}AAAA`, PLACE)],
    ["a text that was never sealed", () => keysOf(ONE).open(TEXT, PLACE)],
  ])("does not open for %s", (_, opening) => {
    expect(() => opening(keysOf(ONE).seal(TEXT, PLACE))).toThrow(SealError);
  });

  it("does not open with a bit changed, wherever it is", () => {
    const bytes = Buffer.from(keysOf(ONE).seal(TEXT, PLACE), "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => keysOf(ONE).open(changed.toString("base64url"), PLACE)).toThrow(SealError);
    }
  });

  it("names nothing of what is in it when it does not open", () => {
    const sealed = keysOf(ONE).seal(TEXT, PLACE);
    try {
      keysOf(OTHER).open(sealed, PLACE);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(sealed);
      expect(error).toMatchObject({ code: "seal_error" });
    }
  });
});

describe("a hashed term", () => {
  const TERM = "whole +14155550171";

  it("is the same each time in one mirror, and another in every other", () => {
    const hash = keysOf(ONE).hash(TERM);
    expect(keysOf(ONE).hash(TERM)).toBe(hash);
    expect(hash).toMatch(/^[\w-]{22}$/);
    const hashes = [
      hash,
      keysOf(OTHER).hash(TERM),
      keysOf(1).hash(TERM),
      keysOf(ONE, [NEW]).hash(TERM),
      keysOf(ONE).hash("whole +14155550172"),
      keysOf(ONE).hash(""),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("comes from the newest secret key alone", () => {
    expect(keysOf(ONE, [NEW, OLD]).hash(TERM)).toBe(keysOf(ONE, [NEW]).hash(TERM));
  });

  it("cannot be made with the secret key itself, or without one", () => {
    const hash = keysOf(ONE).hash(TERM);
    const guesses = [
      createHash("sha256").update(TERM),
      createHmac("sha256", "").update(TERM),
      createHmac("sha256", OLD).update(TERM),
      createHmac("sha256", String(ONE)).update(TERM),
    ];
    for (const guess of guesses) expect(guess.digest("base64url").slice(0, 22)).not.toBe(hash);
  });
});

it("is what the sealer gives for a mirror", () => {
  const keys = createSealer([OLD]).cipherFor(ONE);
  expect(keys.hash("x")).toBe(keysOf(ONE).hash("x"));
  expect(keysOf(ONE).open(keys.seal(TEXT, PLACE), PLACE)).toBe(TEXT);
});

it("cannot be made without a key", () => {
  expect(() => createRecordCiphers([])).toThrow(TypeError);
});
