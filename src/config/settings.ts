import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import type { CountryCode } from "libphonenumber-js";
import type { z } from "zod";
import type { StaffRole } from "../calls/matter.ts";
import type { SubjectType } from "../clio/subject-types.ts";
import type { StoreLocation } from "../store/store-location.ts";
import { type ClioRegion, REGIONS } from "./regions.ts";
import { type SettingProblem, SettingsError } from "./settings-error.ts";
import {
  type LOG_LEVELS,
  SETTINGS,
  type SettingDescription,
  type SettingName,
  settingsSchema,
} from "./settings-schema.ts";

/** Every setting, validated and frozen (docs/reference/settings.md). */
export interface Settings {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  /** An origin without a trailing slash: `https://router.example.com`. */
  readonly publicUrl: string;
  /** For Express's `trust proxy`: all or none, a number of hops, or comma-separated addresses. */
  readonly trustProxy: boolean | number | string;
  readonly clio: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly region: ClioRegion;
    /** An origin without a trailing slash. */
    readonly baseUrl: string;
  };
  /** At least one, each of at least 32 bytes. Use them only through `deriveKeys`. */
  readonly secretKeys: readonly Uint8Array[];
  readonly databaseUrl: StoreLocation;
  readonly setupToken: string | null;
  readonly upfirstApiKey: string | null;
  readonly defaultCountry: CountryCode;
  /** At least one, in order of preference. */
  readonly staffRoles: readonly StaffRole[];
  readonly greetByName: boolean;
  readonly routeByName: boolean;
  readonly relatedCallers: boolean;
  /** At least one. */
  readonly customActionRecords: readonly SubjectType[];
  readonly directory: "mirror" | "live";
  /** Decides when it is night for the firms: `America/Chicago`. From the region. */
  readonly timeZone: string;
  /** How long a firm's history is kept. */
  readonly auditDays: number;
  /** For how many days calls are kept; 0 keeps a call until its phone log is in Clio. */
  readonly callLogDays: number;
  readonly phoneLogs: "off" | "summary" | "transcript";
  readonly messageTasks: boolean;
  readonly answerDeadlineMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

type Environment = Readonly<Record<string, string | undefined>>;

const NOT_SET = "required, but not set";
const MAX_QUOTE_LENGTH = 60;

/**
 * Reads every setting. Called once, at start.
 *
 * @param env the environment; takes precedence over the file
 * @param envFile a file of `NAME=value` lines; need not exist
 * @returns the settings, frozen. An empty value counts as unset, and other names are ignored
 * @throws SettingsError with every problem at once
 */
export function readSettings({
  env = process.env,
  envFile = ".env",
}: {
  env?: Environment;
  envFile?: string;
} = {}): Settings {
  const file = parseEnvFile(envFile);
  const texts: Record<string, string | undefined> = {};
  for (const { name } of SETTINGS) texts[name] = normalize(env[name]) ?? normalize(file[name]);

  const { data, error } = settingsSchema.safeParse(texts);
  if (error) throw new SettingsError(problemsOf(error, texts));

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
    relatedCallers: data.RELATED_CALLERS,
    customActionRecords: Object.freeze(data.CUSTOM_ACTION_RECORDS),
    directory: data.DIRECTORY,
    timeZone: region.timeZone,
    auditDays: data.AUDIT_DAYS,
    callLogDays: data.CALL_LOG_DAYS,
    phoneLogs: data.PHONE_LOGS,
    messageTasks: data.MESSAGE_TASKS,
    answerDeadlineMs: data.ANSWER_DEADLINE_MS,
    logLevel: data.LOG_LEVEL,
  });
}

/**
 * Validates one setting with the schema that `readSettings` uses.
 *
 * @returns what is wrong with the text, without quoting it; null if it is valid
 */
export function checkSetting(name: SettingName, text: string): string | null {
  const value = normalize(text);
  const issue = settingsSchema.shape[name].safeParse(value).error?.issues[0];
  if (!issue) return null;
  return value === undefined ? NOT_SET : issue.message;
}

/**
 * Clio's host for a region, or the `CLIO_BASE_URL` of the environment, if it is valid. An origin without a trailing
 * slash.
 */
export function clioBaseUrlOf(region: ClioRegion, env: Environment = process.env): string {
  const { data } = settingsSchema.shape.CLIO_BASE_URL.safeParse(normalize(env.CLIO_BASE_URL));
  return data ?? REGIONS[region].baseUrl;
}

/** Whether the environment sets any of the required settings. */
export function anyRequiredSettingGiven(env: Environment = process.env): boolean {
  return SETTINGS.some(({ name, required }) => required && normalize(env[name]) !== undefined);
}

/** An empty or blank value counts as unset. */
function normalize(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

function parseEnvFile(path: string): Record<string, string> {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    const problem = `can't be read (${code ?? "unknown error"})`;
    throw new SettingsError([{ name: path, problem, example: "a text file of NAME=value lines" }]);
  }
}

/** The first problem of each setting, in the order of `SETTINGS`. */
function problemsOf(error: z.ZodError, texts: Record<string, string | undefined>): SettingProblem[] {
  return SETTINGS.flatMap((setting) => {
    const issue = error.issues.find(({ path }) => path[0] === setting.name);
    if (!issue) return [];
    const text = texts[setting.name];
    return {
      name: setting.name,
      problem: text === undefined ? NOT_SET : issue.message + quoteUnlessSecret(text, setting),
      example: `${setting.name}=${setting.example}`,
    };
  });
}

/** A URL with `@` or a query may contain a password, so it isn't quoted either. */
function quoteUnlessSecret(text: string, setting: SettingDescription): string {
  if (setting.secret || /[@?]/.test(text)) return "";
  const quote = text.length > MAX_QUOTE_LENGTH ? `${text.slice(0, MAX_QUOTE_LENGTH)}…` : text;
  return ` (got ${JSON.stringify(quote)})`;
}
