import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openWithDataKey } from "../src/store/encryption/data-key.ts";
import { createRecordCipher } from "../src/store/encryption/record-cipher.ts";
import { createSealer } from "../src/store/encryption/sealing.ts";

/** An encrypted value as it is stored, and the place it is bound to. */
export interface SealedValue {
  readonly kind:
    | "record"
    | "added rule"
    | "absence"
    | "absence calendar"
    | "call"
    | "token"
    | "webhook secret";
  readonly sealed: string;
  readonly context: string;
}

/** The remains of encrypted values in some files. */
export interface Remains {
  /** Values that are at least partly present. */
  readonly found: SealedValue[];
  /** Values that a secret key, or a data key from the same files, decrypts. */
  readonly opened: SealedValue[];
  /** Wrapped data keys in the files that a secret key unwraps. */
  readonly keys: number;
}

/** Queries for every encrypted value of a firm, to be run before it is deleted. The same in both engines. */
export const SEALED_VALUES_QUERIES = {
  records: (firmId: string) => `select r.kind, r.id, r.client_id, r.sealed from mirror_records r
    join mirrors m on m.id = r.mirror_id where m.firm_id = '${firmId}'`,
  calls: (firmId: string) => `select firm_id, id, sealed from calls where firm_id = '${firmId}'`,
  tokens: (firmId: string) => `select firm_id, user_id, sealed from connections where firm_id = '${firmId}'`,
  addedRules: (firmId: string) => `select user_id, sealed from added_rules where firm_id = '${firmId}'`,
  absences: (firmId: string) => `select id, sealed from absences where firm_id = '${firmId}'`,
  absenceCalendars: (
    firmId: string,
  ) => `select 'choice' as part, sealed_choice as sealed from absence_calendars where firm_id = '${firmId}'
    union all select 'entries', sealed_entries from absence_calendars
    where sealed_entries is not null and firm_id = '${firmId}'`,
  webhooks: (firmId: string) =>
    `select id, sealed_secret as sealed from webhooks where sealed_secret is not null and firm_id = '${firmId}'`,
};

type Row = Readonly<Record<string, unknown>>;

/** @param query runs one of the queries */
export async function sealedValuesOf(
  firmId: string,
  query: (sql: string) => Promise<Row[]> | Row[],
): Promise<SealedValue[]> {
  const { records, addedRules, calls, absences, absenceCalendars, tokens, webhooks } = SEALED_VALUES_QUERIES;
  const value = (kind: SealedValue["kind"], row: Row, context: string) => ({
    kind,
    sealed: String(row.sealed),
    context,
  });
  return [
    ...(await query(records(firmId))).map((row) =>
      value("record", row, `${row.kind}:${row.id}${row.client_id === null ? "" : ` of ${row.client_id}`}`),
    ),
    ...(await query(addedRules(firmId))).map((row) => value("added rule", row, `added rule:${row.user_id}`)),
    ...(await query(calls(firmId))).map((row) => value("call", row, `call:${row.firm_id}:${row.id}`)),
    ...(await query(absences(firmId))).map((row) => value("absence", row, `absence:${row.id}`)),
    ...(await query(absenceCalendars(firmId))).map((row) =>
      value("absence calendar", row, `absence calendar: ${row.part}`),
    ),
    ...(await query(tokens(firmId))).map((row) =>
      value("token", row, `connection:${row.firm_id}:${row.user_id}`),
    ),
    ...(await query(webhooks(firmId))).map((row) => value("webhook secret", row, `webhook:${row.id}`)),
  ];
}

const FRAGMENT_LENGTH = 32;
const WRAPPED_KEY = /eyJ[\w-]{40,}\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}/g;

/**
 * Searches files for remains of encrypted values, like an attacker who has the files, the secret keys, and every data key in
 * the files.
 */
export async function searchForRemains(
  files: readonly string[],
  values: readonly SealedValue[],
  secretKeys: readonly Uint8Array[],
): Promise<Remains> {
  const byFragment = new Map<string, SealedValue>();
  // A JWE begins with its header, which is the same for all values of one place.
  for (const value of values)
    for (const at of [value.sealed.length - FRAGMENT_LENGTH, (value.sealed.length - FRAGMENT_LENGTH) >> 1])
      byFragment.set(value.sealed.slice(at, at + FRAGMENT_LENGTH), value);

  const sealer = createSealer(secretKeys);
  const found = new Set<SealedValue>();
  const dataKeys = new Map<string, Uint8Array>();
  for (const file of files) {
    const text = readFileSync(file, "latin1");
    for (const [run] of text.matchAll(/[\w.-]{32,}/g))
      for (let at = 0; at + FRAGMENT_LENGTH <= run.length; at += 1) {
        const value = byFragment.get(run.slice(at, at + FRAGMENT_LENGTH));
        if (value) found.add(value);
      }
    for (const [wrapped] of text.matchAll(WRAPPED_KEY)) {
      const { ctx } = JSON.parse(Buffer.from(wrapped.split(".")[0] ?? "", "base64url").toString());
      const key = await sealer.unwrapKey(wrapped, String(ctx)).catch(() => null);
      if (key) dataKeys.set(Buffer.from(key).toString("hex"), key);
    }
  }

  const opened: SealedValue[] = [];
  for (const value of found)
    if (await opensWith(value, [...dataKeys.values()], sealer.open)) opened.push(value);
  return { found: [...found], opened, keys: dataKeys.size };
}

async function opensWith(
  { kind, sealed, context }: SealedValue,
  dataKeys: readonly Uint8Array[],
  openWithSecretKey: (sealed: string, context: string) => Promise<unknown>,
): Promise<boolean> {
  const usesCipher = kind !== "token" && kind !== "webhook secret";
  const attempts = dataKeys.map((key) => async () => {
    if (usesCipher) createRecordCipher(key).decrypt(sealed, context);
    else await openWithDataKey(key, sealed, context);
  });
  if (!usesCipher) attempts.push(async () => void (await openWithSecretKey(sealed, context)));
  for (const attempt of attempts)
    if (
      await attempt().then(
        () => true,
        () => false,
      )
    )
      return true;
  return false;
}

/** All files in a folder and the folders in it. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
