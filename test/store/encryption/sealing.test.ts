import { decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const PLACE = "connection:us-1:350";
const VALUE = { name: "Zoë", token: "very-secret-token", parts: [1, null, true] };

async function refusal(opening: Promise<unknown>): Promise<SealError> {
  const error = await opening.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(SealError);
  return error as SealError;
}

it("opens what it sealed, and shows nothing of it", async () => {
  const sealer = createSealer([OLD]);
  const sealed = await sealer.seal(VALUE, PLACE);
  expect(await sealer.open(sealed, PLACE)).toEqual(VALUE);
  expect(sealed).not.toContain(VALUE.token);
  expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain(VALUE.token);
  expect(decodeProtectedHeader(sealed)).toEqual({
    alg: "dir",
    enc: "A256GCM",
    kid: expect.any(String),
    ctx: PLACE,
  });
});

it("seals the same value differently each time", async () => {
  const sealer = createSealer([OLD]);
  expect(await sealer.seal(VALUE, PLACE)).not.toBe(await sealer.seal(VALUE, PLACE));
});

describe("rotation", () => {
  it("opens what an older key sealed, and seals with the newest", async () => {
    const byOld = await createSealer([OLD]).seal(VALUE, PLACE);
    const both = createSealer([NEW, OLD]);
    expect(await both.open(byOld, PLACE)).toEqual(VALUE);

    const byBoth = await both.seal(VALUE, PLACE);
    expect(await createSealer([NEW]).open(byBoth, PLACE)).toEqual(VALUE);
    await refusal(createSealer([OLD]).open(byBoth, PLACE));
  });

  it("does not open what a key sealed that is gone", async () => {
    const byOld = await createSealer([OLD]).seal(VALUE, PLACE);
    const error = await refusal(createSealer([NEW]).open(byOld, PLACE));
    expect(error.code).toBe("seal_error");
    expect(error.message).toContain("SECRET_KEY");
  });
});

describe("refuses", () => {
  const sealer = createSealer([OLD]);

  it("another place", async () => {
    const sealed = await sealer.seal(VALUE, PLACE);
    const error = await refusal(sealer.open(sealed, "connection:us-1:351"));
    expect(error.message).not.toContain(VALUE.token);
  });

  it("a header that was made to fit another place", async () => {
    const [header = "", ...rest] = (await sealer.seal(VALUE, PLACE)).split(".");
    const forged = Buffer.from(header, "base64url").toString().replace(PLACE, "connection:us-1:351");
    const sealed = [Buffer.from(forged).toString("base64url"), ...rest].join(".");
    expect(decodeProtectedHeader(sealed).ctx).toBe("connection:us-1:351");
    await refusal(sealer.open(sealed, "connection:us-1:351"));
  });

  it("every change of a character", async () => {
    const sealed = await sealer.seal(VALUE, PLACE);
    for (let at = 0; at < sealed.length; at += 7) {
      const other = sealed[at] === "A" ? "Q" : "A";
      await refusal(sealer.open(sealed.slice(0, at) + other + sealed.slice(at + 1), PLACE));
    }
  });

  it("every cut", async () => {
    const sealed = await sealer.seal(VALUE, PLACE);
    for (let length = 0; length < sealed.length; length += 11) {
      await refusal(sealer.open(sealed.slice(0, length), PLACE));
    }
  });

  it("text that was never sealed, and a seal without encryption", async () => {
    await refusal(sealer.open("not a seal", PLACE));
    const none = Buffer.from(JSON.stringify({ alg: "none", ctx: PLACE })).toString("base64url");
    await refusal(sealer.open(`${none}..AAAA.AAAA.AAAA`, PLACE));
  });
});

it("cannot be made without a key", () => {
  expect(() => createSealer([])).toThrow(TypeError);
});
