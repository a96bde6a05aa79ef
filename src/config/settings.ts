import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import type { CountryCode } from "libphonenumber-js";
import { z } from "zod";
import { STAFF_ROLES, type StaffRole } from "../calls/matter.ts";
import { SUBJECT_TYPES, type SubjectType } from "../clio/subject-types.ts";
import type { StoreLocation } from "../store/store-location.ts";
import {
  boolean,
  country,
  databaseUrl,
  hostname,
  listOf,
  oneOf,
  origin,
  secretKeys,
  trustProxy,
  validated,
  wholeNumber,
} from "./validators.ts";

/** Clio's regions: the host for OAuth and API alike, and where a number without country code is from (clio-facts). */
export const REGIONS = {
  us: { baseUrl: "https://app.clio.com", country: "US", timeZone: "America/Chicago" },
  eu: { baseUrl: "https://eu.app.clio.com", country: "GB", timeZone: "Europe/London" },
  ca: { baseUrl: "https://ca.app.clio.com", country: "CA", timeZone: "America/Toronto" },
  au: { baseUrl: "https://au.app.clio.com", country: "AU", timeZone: "Australia/Sydney" },
} as const;
const REGION_NAMES = Object.keys(REGIONS) as ClioRegion[];

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Every setting of the contract's table, read, checked and frozen. */
export interface Settings {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** An origin, without a slash at the end: `https://router.example.com`. */
  readonly publicUrl: string;
  /** For Express's `trust proxy`: everything or nothing, a number of hops, or addresses with commas between. */
  readonly trustProxy: boolean | number | string;
  readonly clio: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly region: ClioRegion;
    /** An origin, without a slash at the end. */
    readonly baseUrl: string;
  };
  /** At least one, each of at least 32 bytes; for `deriveKeys` and for nothing else. */
  readonly secretKeys: readonly Uint8Array[];
  readonly databaseUrl: StoreLocation;
  readonly setupToken: string | null;
  readonly upfirstApiKey: string | null;
  readonly defaultCountry: CountryCode;
  /** At least one, in the order in which they are asked for. */
  readonly staffRoles: readonly StaffRole[];
  readonly greetByName: boolean;
  readonly routeByName: boolean;
  /** At least one. */
  readonly customActionRecords: readonly SubjectType[];
  readonly directory: "mirror" | "live";
  /** Where the firms' nights are, for what is done at night: `America/Chicago`. From the region. */
  readonly timeZone: string;
  /** Milliseconds. */
  readonly answerDeadlineMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

export type ClioRegion = keyof typeof REGIONS;

/** What is wrong with one setting, for the operator. Holds nothing of a secret. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
  /** A line as it could stand in `.env`. */
  readonly example: string;
}

/** The settings do not do. The message has a line for each problem (contract, Settings). */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "settings_error";
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(
      problems.map(({ name, problem, example }) => `${name}: ${problem}. Example: ${example}`).join("\n"),
    );
    this.problems = problems;
  }
}

/** What is said of a setting beside its schema. */
interface About {
  meaning: string;
  /** A value that does. */
  example: string;
  /** Where the value comes from when it is not set and has no fixed default. */
  otherwise?: string;
  /** Its value is printed nowhere. */
  secret?: true;
}

const about = z.registry<About>();

/**
 * The settings as text, checked and read one by one. An absent one is `undefined`; `prefault` holds the default
 * as it would be typed. No message quotes what was given: that is `problemsIn`'s to decide.
 */
const environment = z.object({
  PUBLIC_URL: origin().register(about, {
    meaning: "the HTTPS address that Upfirst, Clio and browsers use; plain http for loopback hosts alone",
    example: "https://router.example.com",
  }),
  CLIO_CLIENT_ID: z.string().register(about, {
    meaning: "the key of the Clio developer app",
    example: "(from the app's page at developers.clio.com)",
  }),
  CLIO_CLIENT_SECRET: z.string().register(about, {
    meaning: "the secret of the Clio developer app",
    example: "(from the app's page at developers.clio.com)",
    secret: true,
  }),
  SECRET_KEY: secretKeys().register(about, {
    meaning:
      "one or more keys, comma-separated, each at least 32 bytes in base64: the first seals, all open (rotation)",
    example: "(the output of: openssl rand -base64 32)",
    secret: true,
  }),
  PORT: wholeNumber(0, 65_535).prefault("3000").register(about, {
    meaning: "the port to listen on; 0 takes any free one",
    example: "3000",
  }),
  HOST: hostname().prefault("0.0.0.0").register(about, {
    meaning: "the address to listen on",
    example: "0.0.0.0",
  }),
  TRUST_PROXY: trustProxy().prefault("loopback").register(about, {
    meaning: "what stands in front, as Express's `trust proxy` takes it",
    example: "loopback, 10.0.0.0/8",
  }),
  CLIO_REGION: oneOf(REGION_NAMES).prefault("us").register(about, {
    meaning: "the region of the firms and of the developer app: us, eu, ca, au",
    example: "us",
  }),
  CLIO_BASE_URL: origin().optional().register(about, {
    meaning: "another Clio host (a sandbox, a test); plain http for loopback hosts alone",
    example: "https://eu.app.clio.com",
    otherwise: "from the region",
  }),
  DATABASE_URL: databaseUrl().prefault("sqlite:./data/router.db").register(about, {
    meaning: "where everything is kept: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE",
    example: "sqlite:./data/router.db",
  }),
  SETUP_TOKEN: z.string().optional().register(about, {
    meaning: "lets the operator admit a firm, any number of them",
    example: "(the output of: openssl rand -hex 24)",
    otherwise: "a link for one firm is printed at start while no firm is admitted",
    secret: true,
  }),
  UPFIRST_API_KEY: validated((text) => (text.length >= 32 ? null : "must have at least 32 characters"))
    .optional()
    .register(about, {
      meaning: "a bearer key from the operator's own secret store, good while exactly one firm is admitted",
      example: "(the output of: openssl rand -hex 24)",
      otherwise: "firms make their keys at /setup",
      secret: true,
    }),
  DEFAULT_COUNTRY: country().optional().register(about, {
    meaning: "the country of numbers typed without a country code",
    example: "US",
    otherwise: "from the region",
  }),
  STAFF_ROLES: listOf(STAFF_ROLES)
    .prefault("responsible_staff,responsible_attorney")
    .register(about, {
      meaning: `who takes the call, first one present wins: ${STAFF_ROLES.join(", ")}`,
      example: "responsible_staff,responsible_attorney",
    }),
  GREET_BY_NAME: boolean().prefault("false").register(about, {
    meaning: "whether the receptionist may be told to say the caller's name (caller ID can be spoofed)",
    example: "true",
  }),
  ROUTE_BY_NAME: boolean().prefault("false").register(about, {
    meaning: "whether a caller from an unknown or withheld number may be matched by full name alone",
    example: "true",
  }),
  CUSTOM_ACTION_RECORDS: listOf(SUBJECT_TYPES)
    .prefault("matters,contacts")
    .register(about, {
      meaning: `where in Clio the custom action is put: any of ${SUBJECT_TYPES.join(", ")}`,
      example: "matters,contacts",
    }),
  DIRECTORY: oneOf(["mirror", "live"]).prefault("mirror").register(about, {
    meaning:
      "mirror: contacts, matters and staff are kept here, sealed, and callers are answered from there; live: every call asks Clio, and nothing of a client is kept",
    example: "live",
  }),
  ANSWER_DEADLINE_MS: wholeNumber(100, 60_000).prefault("2500").register(about, {
    meaning: "by when, in milliseconds, every receptionist request is answered, whatever Clio does",
    example: "2500",
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS)
    .prefault("info")
    .register(about, {
      meaning: `how much is logged: ${LOG_LEVELS.join(", ")}`,
      example: "debug",
    }),
});

export type SettingName = keyof typeof environment.shape;

/** One line of the table of settings. */
export interface SettingDescription {
  readonly name: string;
  readonly meaning: string;
  /** As it would be typed; null where there is none. */
  readonly default: string | null;
  /** What happens without a value and without a default; null where one of them is always there. */
  readonly fallback: string | null;
  readonly required: boolean;
  readonly secret: boolean;
  /** A value that does, or in brackets where to get one. */
  readonly example: string;
}

/** Every setting there is, required ones first: what a README or `.env.example` says about them. */
export const SETTINGS: readonly SettingDescription[] = Object.entries(environment.shape).map(
  ([name, schema]) => ({
    name,
    ...aboutSetting(schema),
    default: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : null,
    required: !schema.safeParse(undefined).success,
  }),
);

/**
 * Reads every setting, once, at start.
 *
 * @param env the environment; wins over the file
 * @param envFile a file of `NAME=value` lines; need not be there
 * @returns the settings, frozen. A name that is set to nothing counts as not set; names that are no setting
 *   are passed over
 * @throws SettingsError with every problem at once
 */
export function readSettings({
  env = process.env,
  envFile = ".env",
}: {
  env?: Readonly<Record<string, string | undefined>>;
  envFile?: string;
} = {}): Settings {
  const file = readEnvFile(envFile);
  const given: Record<string, string | undefined> = {};
  for (const { name } of SETTINGS) given[name] = meant(env[name]) ?? meant(file[name]);

  const { data, error } = environment.safeParse(given);
  if (error) throw new SettingsError(problemsIn(error, given));

  const region = REGIONS[data.CLIO_REGION];
  return Object.freeze({
    port: data.PORT,
    host: data.HOST,
    publicUrl: data.PUBLIC_URL,
    trustProxy: data.TRUST_PROXY,
    clio: Object.freeze({
      clientId: data.CLIO_CLIENT_ID,
      clientSecret: data.CLIO_CLIENT_SECRET,
      region: data.CLIO_REGION,
      baseUrl: data.CLIO_BASE_URL ?? region.baseUrl,
    }),
    secretKeys: Object.freeze(data.SECRET_KEY),
    databaseUrl: Object.freeze(data.DATABASE_URL),
    setupToken: data.SETUP_TOKEN ?? null,
    upfirstApiKey: data.UPFIRST_API_KEY ?? null,
    defaultCountry: data.DEFAULT_COUNTRY ?? region.country,
    staffRoles: Object.freeze(data.STAFF_ROLES),
    greetByName: data.GREET_BY_NAME,
    routeByName: data.ROUTE_BY_NAME,
    customActionRecords: Object.freeze(data.CUSTOM_ACTION_RECORDS),
    directory: data.DIRECTORY,
    timeZone: region.timeZone,
    answerDeadlineMs: data.ANSWER_DEADLINE_MS,
    logLevel: data.LOG_LEVEL,
  });
}

/**
 * Whether a text does for one setting, asked of the schema that `readSettings` has.
 *
 * @returns what is wrong with it, quoting nothing of it; null when it does
 */
export function checkSetting(name: SettingName, text: string): string | null {
  const given = meant(text);
  const issue = environment.shape[name].safeParse(given).error?.issues[0];
  if (!issue) return null;
  return given === undefined ? NOT_SET : issue.message;
}

/** What is set to nothing, or to spaces, is not set. */
function meant(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

/** Whether the environment has a value for any of the required settings. */
export function anyRequiredSettingGiven(
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return SETTINGS.some(({ name, required }) => required && meant(env[name]) !== undefined);
}

function readEnvFile(path: string): Record<string, string> {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    const problem = `cannot be read (${code ?? "unknown error"})`;
    throw new SettingsError([{ name: path, problem, example: "a text file of NAME=value lines" }]);
  }
}

const NOT_SET = "required, but not set";

/** The first problem of each setting, in the order of the table. */
function problemsIn(error: z.ZodError, given: Record<string, string | undefined>): SettingProblem[] {
  return SETTINGS.flatMap((setting) => {
    const issue = error.issues.find(({ path }) => path[0] === setting.name);
    if (!issue) return [];
    const text = given[setting.name];
    return {
      name: setting.name,
      problem: text === undefined ? NOT_SET : issue.message + quoted(text, setting),
      example: `${setting.name}=${setting.example}`,
    };
  });
}

const LONGEST_QUOTE = 60;

/** What was typed, unless it is or may hold a secret: a URL with an `@` or a query can have a password in it. */
function quoted(text: string, setting: SettingDescription): string {
  if (setting.secret || /[@?]/.test(text)) return "";
  return ` (got ${JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text)})`;
}

function aboutSetting(
  schema: z.ZodType,
): Pick<SettingDescription, "meaning" | "example" | "fallback" | "secret"> {
  const { meaning = "", example = "", otherwise: fallback = null, secret = false } = about.get(schema) ?? {};
  return { meaning, example, fallback, secret };
}
