import { z } from "zod";
import { STAFF_ROLES } from "../calls/matter.ts";
import { SUBJECT_TYPES } from "../clio/subject-types.ts";
import { CLIO_REGIONS } from "./regions.ts";
import {
  boolean,
  country,
  databaseUrl,
  hostname,
  listOf,
  longSecret,
  oneOf,
  origin,
  secretKeys,
  trustProxy,
  wholeNumber,
} from "./validators.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Describes a setting next to its schema. */
interface SettingMetadata {
  meaning: string;
  /** A valid value, or in brackets where to get one. */
  example: string;
  /** What happens when the setting is unset and has no fixed default. */
  fallback?: string;
  /** Its value is never printed. */
  secret?: true;
}

const metadata = z.registry<SettingMetadata>();

/**
 * Parses each setting from its text. An unset setting is `undefined`; `prefault` is the default as it would be typed. The
 * messages never quote the text, which may be a secret.
 */
export const settingsSchema = z.object({
  PUBLIC_URL: origin().register(metadata, {
    meaning: "HTTPS address that Upfirst, Clio and browsers use; plain http for this machine only",
    example: "https://router.example.com",
  }),
  CLIO_CLIENT_ID: z.string().register(metadata, {
    meaning: "key of the Clio developer app",
    example: "(from the app's page at developers.clio.com)",
  }),
  CLIO_CLIENT_SECRET: z.string().register(metadata, {
    meaning: "secret of the Clio developer app",
    example: "(from the app's page at developers.clio.com)",
    secret: true,
  }),
  SECRET_KEY: secretKeys().register(metadata, {
    meaning:
      "encrypts what is stored: one or more comma-separated keys, each at least 32 bytes in base64; the first encrypts, all of them decrypt",
    example: "(the output of: openssl rand -base64 32)",
    secret: true,
  }),
  PORT: wholeNumber(0, 65_535).prefault("3000").register(metadata, {
    meaning: "port to listen on; 0 picks a free one",
    example: "3000",
  }),
  HOST: hostname().prefault("0.0.0.0").register(metadata, {
    meaning: "address to listen on",
    example: "0.0.0.0",
  }),
  TRUST_PROXY: trustProxy().prefault("loopback").register(metadata, {
    meaning: "proxies whose X-Forwarded-For is trusted, as in Express's `trust proxy`",
    example: "loopback, 10.0.0.0/8",
  }),
  CLIO_REGION: oneOf(CLIO_REGIONS)
    .prefault("us")
    .register(metadata, {
      meaning: `region of the firms and of the developer app: ${CLIO_REGIONS.join(", ")}`,
      example: "us",
    }),
  CLIO_BASE_URL: origin().optional().register(metadata, {
    meaning: "another Clio host, for tests; plain http for this machine only",
    example: "https://eu.app.clio.com",
    fallback: "from the region",
  }),
  DATABASE_URL: databaseUrl().prefault("sqlite:./data/router.db").register(metadata, {
    meaning: "where data is stored: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE",
    example: "sqlite:./data/router.db",
  }),
  SETUP_TOKEN: longSecret().optional().register(metadata, {
    meaning: "secret in the setup link, at least 32 characters; admits any number of firms",
    example: "(the output of: openssl rand -hex 24)",
    fallback: "a link for the first firm is printed at start",
    secret: true,
  }),
  UPFIRST_API_KEY: longSecret().optional().register(metadata, {
    meaning: "your own API key; works alongside the firm's keys while exactly one firm is admitted",
    example: "(the output of: openssl rand -hex 24)",
    fallback: "firms create their keys at /setup",
    secret: true,
  }),
  DEFAULT_COUNTRY: country().optional().register(metadata, {
    meaning: "two-letter country of phone numbers written without a country code",
    example: "US",
    fallback: "from the region",
  }),
  STAFF_ROLES: listOf(STAFF_ROLES)
    .prefault("responsible_staff,responsible_attorney")
    .register(metadata, {
      meaning: `who takes the call, in order of preference: ${STAFF_ROLES.join(", ")}`,
      example: "responsible_staff,responsible_attorney",
    }),
  GREET_BY_NAME: boolean().prefault("false").register(metadata, {
    meaning: "whether the receptionist may greet the caller by first name; caller ID can be forged",
    example: "true",
  }),
  ROUTE_BY_NAME: boolean().prefault("false").register(metadata, {
    meaning: "whether a full name alone may identify a caller whose number is unknown or withheld",
    example: "true",
  }),
  RELATED_CALLERS: boolean().prefault("true").register(metadata, {
    meaning:
      "whether a caller without a matter of their own reaches the person on a matter they are related to in Clio, such as a spouse or an adjuster",
    example: "false",
  }),
  CUSTOM_ACTION_RECORDS: listOf(SUBJECT_TYPES)
    .prefault("matters,contacts")
    .register(metadata, {
      meaning: `records whose menus in Clio get "Find responsible staff": any of ${SUBJECT_TYPES.join(", ")}`,
      example: "matters,contacts",
    }),
  DIRECTORY: oneOf(["mirror", "live"]).prefault("mirror").register(metadata, {
    meaning:
      "mirror: contacts, matters and users are stored here, encrypted, and calls are answered from that copy; live: every call is looked up in Clio, and no contacts or matters are stored",
    example: "live",
  }),
  AUDIT_DAYS: wholeNumber(1, 3_650).prefault("400").register(metadata, {
    meaning: "days for which a firm's history is kept: who connected, created a key, and so on",
    example: "400",
  }),
  CALL_LOG_DAYS: wholeNumber(0, 3_650).prefault("30").register(metadata, {
    meaning: "days for which calls are kept, encrypted; 0 keeps a call only until its phone log is in Clio",
    example: "30",
  }),
  PHONE_LOGS: oneOf(["off", "summary", "transcript"]).prefault("summary").register(metadata, {
    meaning:
      "what is written to Clio after a call: off, summary, or transcript (the summary and the whole transcript)",
    example: "transcript",
  }),
  MESSAGE_TASKS: boolean().prefault("false").register(metadata, {
    meaning: "whether a message that a caller left also becomes a task in Clio for the person it is for",
    example: "true",
  }),
  ANSWER_DEADLINE_MS: wholeNumber(100, 60_000).prefault("2500").register(metadata, {
    meaning: "milliseconds within which the receptionist gets an answer, even if Clio is slow or down",
    example: "2500",
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS)
    .prefault("info")
    .register(metadata, {
      meaning: `how much is logged: ${LOG_LEVELS.join(", ")}`,
      example: "debug",
    }),
});

export type SettingName = keyof typeof settingsSchema.shape;

/** A setting as the documents describe it. */
export interface SettingDescription {
  readonly name: string;
  readonly meaning: string;
  /** As it would be typed; null if there is none. */
  readonly default: string | null;
  /** What happens when the setting is unset and has no default; null if it always has a value. */
  readonly fallback: string | null;
  readonly required: boolean;
  readonly secret: boolean;
  /** A valid value, or in brackets where to get one. */
  readonly example: string;
}

/** Every setting, required ones first (docs/reference/settings.md). */
export const SETTINGS: readonly SettingDescription[] = Object.entries(settingsSchema.shape).map(
  ([name, schema]) => {
    const {
      meaning = "",
      example = "",
      fallback = null,
      secret = false,
    } = metadata.get(schema as z.ZodType) ?? {};
    return {
      name,
      meaning,
      example,
      fallback,
      secret,
      default: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : null,
      required: !schema.safeParse(undefined).success,
    };
  },
);
