import { decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const CONTEXT = "connection:us-1:350";
const VALUE = { name: "Zoë", token: "very-secret-token", parts: [1, null, true] };

async function sealError(opening: Promise<unknown>): Promise<SealError> {
  const error = await opening.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(SealError);
  return error as SealError;
}

it("opens what it sealed, and shows none of it", async () => {
  const sealer = createSealer([OLD]);
  const sealed = await sealer.seal(VALUE, CONTEXT);
  expect(await sealer.open(sealed, CONTEXT)).toEqual(VALUE);
  expect(sealed).not.toContain(VALUE.token);
  expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain(VALUE.token);
  expect(decodeProtectedHeader(sealed)).toEqual({
    alg: "dir",
    enc: "A256GCM",
    kid: expect.any(String),
    ctx: CONTEXT,
  });
});

it("seals the same value differently each time", async () => {
  const sealer = createSealer([OLD]);
  expect(await sealer.seal(VALUE, CONTEXT)).not.toBe(await sealer.seal(VALUE, CONTEXT));
});

describe("rotation", () => {
  it("opens what an older key sealed, and seals with the newest key", async () => {
    const byOld = await createSealer([OLD]).seal(VALUE, CONTEXT);
    const both = createSealer([NEW, OLD]);
    expect(await both.open(byOld, CONTEXT)).toEqual(VALUE);

    const byBoth = await both.seal(VALUE, CONTEXT);
    expect(await createSealer([NEW]).open(byBoth, CONTEXT)).toEqual(VALUE);
    await sealError(createSealer([OLD]).open(byBoth, CONTEXT));
  });

  it("doesn't open what a removed key sealed", async () => {
    const byOld = await createSealer([OLD]).seal(VALUE, CONTEXT);
    const error = await sealError(createSealer([NEW]).open(byOld, CONTEXT));
    expect(error.code).toBe("seal_error");
    expect(error.message).toContain("SECRET_KEY");
  });
});

describe("refuses", () => {
  const sealer = createSealer([OLD]);

  it("another context", async () => {
    const sealed = await sealer.seal(VALUE, CONTEXT);
    const error = await sealError(sealer.open(sealed, "connection:us-1:351"));
    expect(error.message).not.toContain(VALUE.token);
  });

  it("a header that was forged for another context", async () => {
    const [header = "", ...rest] = (await sealer.seal(VALUE, CONTEXT)).split(".");
    const forged = Buffer.from(header, "base64url").toString().replace(CONTEXT, "connection:us-1:351");
    const sealed = [Buffer.from(forged).toString("base64url"), ...rest].join(".");
    expect(decodeProtectedHeader(sealed).ctx).toBe("connection:us-1:351");
    await sealError(sealer.open(sealed, "connection:us-1:351"));
  });

  it("any changed character", async () => {
    const sealed = await sealer.seal(VALUE, CONTEXT);
    for (let at = 0; at < sealed.length; at += 7) {
      const other = sealed[at] === "A" ? "Q" : "A";
      await sealError(sealer.open(sealed.slice(0, at) + other + sealed.slice(at + 1), CONTEXT));
    }
  });

  it("any truncation", async () => {
    const sealed = await sealer.seal(VALUE, CONTEXT);
    for (let length = 0; length < sealed.length; length += 11) {
      await sealError(sealer.open(sealed.slice(0, length), CONTEXT));
    }
  });

  it("text that was never sealed, and a token without encryption", async () => {
    await sealError(sealer.open("not a seal", CONTEXT));
    const none = Buffer.from(JSON.stringify({ alg: "none", ctx: CONTEXT })).toString("base64url");
    await sealError(sealer.open(`${none}..AAAA.AAAA.AAAA`, CONTEXT));
  });
});

it("can't be created without a key", () => {
  expect(() => createSealer([])).toThrow(TypeError);
});
