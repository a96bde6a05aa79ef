/**
 * zod schemas that parse a setting's text. Their messages say what the text must be, and never quote it, because it may be
 * a secret.
 */
import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import { type CountryCode, isSupportedCountry } from "libphonenumber-js";
import { z } from "zod";
import type { StoreLocation } from "../store/store-location.ts";

/** @param problemOf returns what the text must be instead, or null if it is valid */
export function validated(problemOf: (text: string) => string | null) {
  return z.string().check(({ value, issues }) => {
    const message = problemOf(value);
    if (message) issues.push({ code: "custom", message, input: value });
  });
}

/** A whole number; both bounds are included. */
export function wholeNumber(min: number, max: number) {
  return validated((text) =>
    /^\d{1,6}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? null
      : `must be a whole number from ${min} to ${max}`,
  ).transform(Number);
}

/** An IP address or host name to listen on. */
export function hostname() {
  return validated((text) =>
    isIP(text) || /^[\w.-]+$/.test(text) ? null : "must be an IP address or a host name",
  );
}

const TRUE = ["true", "1", "yes"];
const FALSE = ["false", "0", "no"];

export function boolean() {
  return validated((text) =>
    [...TRUE, ...FALSE].includes(text.toLowerCase()) ? null : "must be true or false",
  ).transform((text) => TRUE.includes(text.toLowerCase()));
}

/** One of the values, in upper or lower case. */
export function oneOf<const Value extends string>(values: readonly Value[]) {
  return z
    .string()
    .toLowerCase()
    .pipe(z.enum(values, { error: `must be one of ${values.join(", ")}` }));
}

function splitList(text: string): string[] {
  return text.split(",").map((entry) => entry.trim());
}

/** At least one of the values, none of them twice, in the order given. */
export function listOf<Value extends string>(values: readonly Value[]) {
  return validated((text) => {
    const entries = splitList(text);
    if (entries.some((entry) => !values.some((value) => value === entry)))
      return `must be a comma-separated list of any of ${values.join(", ")}`;
    return new Set(entries).size < entries.length ? "must not contain a value twice" : null;
  }).transform((text) => splitList(text) as Value[]);
}

/** Scheme, host and port. Plain http is for this machine only: anywhere else, tokens would cross a network unencrypted. */
export function origin() {
  return validated((text) => {
    if (!URL.canParse(text)) return "must be a URL";
    const url = new URL(text);
    const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback))
      return "must start with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)";
    if (url.username || url.password) return "must not contain a user name or password";
    if (url.pathname !== "/" || /[?#]/.test(text)) return "must not have a path, query or fragment";
    return null;
  }).transform((text) => new URL(text).origin);
}

/** The ranges that Express's `proxy-addr` has names for. */
const PROXY_RANGES = ["loopback", "linklocal", "uniquelocal"];

/** Express's `trust proxy`: true, false, a number of hops, or comma-separated ranges, addresses and networks. */
export function trustProxy() {
  return validated((text) =>
    /^(true|false|\d{1,3})$/i.test(text) || splitList(text).every(isProxyRange)
      ? null
      : "must be true, false, a number of hops, or a comma-separated list of loopback, linklocal, uniquelocal, addresses and networks",
  ).transform((text) => {
    if (/^\d+$/.test(text)) return Number(text);
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
    return splitList(text).join(",");
  });
}

function isProxyRange(entry: string): boolean {
  if (PROXY_RANGES.includes(entry)) return true;
  const [address = "", bits, ...more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}

const MIN_SECRET_LENGTH = 32;

/** A secret that strangers may try to guess. */
export function longSecret() {
  return validated((text) =>
    text.length >= MIN_SECRET_LENGTH
      ? null
      : `must have at least ${MIN_SECRET_LENGTH} characters; to generate one, run openssl rand -hex 24`,
  );
}

const SECRET_KEY_BYTES = 32;

/** Comma-separated keys in base64 or base64url. The messages reveal only a key's position and length. */
export function secretKeys() {
  return validated((text) => {
    const keys = splitList(text);
    const problems = keys.flatMap((key, index) => {
      const problem = secretKeyProblem(key);
      return problem ? `key ${index + 1} of ${keys.length} ${problem}` : [];
    });
    return problems.length > 0 ? problems.join("; ") : null;
  }).transform((text) => splitList(text).map((key) => new Uint8Array(Buffer.from(key, "base64"))));
}

function secretKeyProblem(key: string): string | null {
  if (key === "") return "is empty";
  // Buffer.from skips what isn't base64, and decodes both alphabets.
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(key)) return "is not base64";
  const bytes = Buffer.from(key, "base64").length;
  return bytes < SECRET_KEY_BYTES ? `has ${bytes} bytes; it needs at least ${SECRET_KEY_BYTES}` : null;
}

/** The location of the database: an SQLite file, or a PostgreSQL database. */
export function databaseUrl() {
  return validated((text) => (isPostgres(text) ? postgresProblem(text) : sqliteProblem(text))).transform(
    (text): StoreLocation =>
      isPostgres(text)
        ? { kind: "postgres", url: text }
        : { kind: "sqlite", path: text.slice("sqlite:".length) },
  );
}

function isPostgres(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}

function sqliteProblem(text: string): string | null {
  const path = /^sqlite:(.*)$/s.exec(text)?.[1];
  if (path === undefined) return "must be sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE";
  if (path.includes(":memory:")) return "must name a file: a database in memory is lost at the next start";
  if (path === "" || path.endsWith("/")) return "must name a file after sqlite:";
  // `sqlite://data/router.db` looks relative but would mean `/data/router.db`.
  return /^(\/\/|file:)/.test(path) ? "must have a plain path after sqlite:, without // or file:" : null;
}

const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/** Never quotes the URL, which contains a password. */
function postgresProblem(text: string): string | null {
  const url = URL.parse(text);
  if (!url || !/^postgres(ql)?:\/\//i.test(text))
    return "must be postgres://USER:PASSWORD@HOST/DATABASE, with special characters in the password percent-encoded";
  if (url.pathname.length < 2) return "must name a database after the host: postgres://HOST/DATABASE";
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !SSL_MODES.includes(mode)) return `must set sslmode to one of ${SSL_MODES.join(", ")}`;
  if (mode === "verify-ca" && !url.searchParams.has("sslrootcert"))
    return "must set sslrootcert, the file with your certificate authority, because sslmode=verify-ca needs it";
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const file = url.searchParams.get(name);
    if (file !== null && !isReadable(file)) return `must name a readable file in ${name}`;
  }
  return null;
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A country that `libphonenumber-js` supports. */
export function country() {
  return validated((text) =>
    isSupportedCountry(text.toUpperCase()) ? null : "must be a two-letter country code (ISO 3166)",
  ).transform((text) => text.toUpperCase() as CountryCode);
}
