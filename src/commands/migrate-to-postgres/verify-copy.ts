import { type Kysely, sql } from "kysely";
import type { MirrorRecordRow, Schema } from "../../store/db/schema.ts";
import type { RecordCipher } from "../../store/encryption/record-cipher.ts";
import { SealError } from "../../store/encryption/seal-error.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { createCallKeys } from "../../store/repositories/call-keys.ts";
import { findContent } from "../../store/repositories/calls.ts";
import { createConnections } from "../../store/repositories/connections.ts";
import { createMirrorKeys } from "../../store/repositories/mirror-keys.ts";
import { canDecrypt } from "../../store/repositories/mirror-record-encryption.ts";
import { createWebhooks } from "../../store/repositories/webhooks.ts";
import { formatCountOf } from "../../views/format.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import { COPIED_TABLES, type TableName } from "./tables.ts";

/** How many of the encrypted values of one kind the secret keys decrypt. The others can't be decrypted in the source either. */
export interface DecryptionCount {
  readonly label: string;
  readonly all: number;
  readonly readable: number;
}

/** The number of rows in each copied table. */
export type RowCounts = ReadonlyMap<TableName, number>;

export async function countRows(db: Kysely<Schema>): Promise<RowCounts> {
  const counts = new Map<TableName, number>();
  for (const table of COPIED_TABLES) {
    const { rows } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    counts.set(table, Number(rows));
  }
  return counts;
}

/**
 * Verifies a copy: every table must have the same number of rows, and every connection, webhook secret, record and call that can
 * be decrypted in the source must be readable in the target too.
 *
 * @param onVerified called with the number of records in each batch; what it throws ends the verification
 * @throws MigrationRefusedError if the copy is incomplete
 */
export async function verifyCopy(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
  onVerified: (records: number) => void,
): Promise<DecryptionCount[]> {
  const [sourceCounts, targetCounts] = [await countRows(source), await countRows(target)];
  for (const [table, rows] of sourceCounts)
    if (targetCounts.get(table) !== rows)
      throw new MigrationRefusedError(
        `The copy is incomplete: ${table} has ${targetCounts.get(table)} of ${formatCountOf(rows, "row")}. This is a bug in this command.`,
      );

  const counts: DecryptionCount[] = [];
  for (const { label, findUnreadable } of ENCRYPTED) {
    const { all, unreadable } = await findUnreadable(target, sealer, onVerified);
    if (unreadable.length > 0) {
      const inSource = new Set((await findUnreadable(source, sealer, () => onVerified(0))).unreadable);
      const broken = unreadable.filter((id) => !inSource.has(id));
      if (broken.length > 0)
        throw new MigrationRefusedError(
          `The copy is incomplete: ${broken.length} of ${formatCountOf(all, label)} can be decrypted in the source, but not in the target. This is a bug in this command.`,
        );
    }
    counts.push({ label, all, readable: all - unreadable.length });
  }
  return counts;
}

/** The encrypted values of one kind: how many there are, and the IDs of those that no key decrypts. */
interface EncryptedValues {
  readonly all: number;
  readonly unreadable: readonly string[];
}

type FindUnreadable = (
  db: Kysely<Schema>,
  sealer: Sealer,
  onVerified: (records: number) => void,
) => Promise<EncryptedValues>;

const ENCRYPTED: readonly { readonly label: string; readonly findUnreadable: FindUnreadable }[] = [
  { label: "connection", findUnreadable: findUnreadableConnections },
  { label: "webhook secret", findUnreadable: findUnreadableWebhooks },
  { label: "record", findUnreadable: findUnreadableRecords },
  { label: "call", findUnreadable: findUnreadableCalls },
];

async function findUnreadableConnections(db: Kysely<Schema>, sealer: Sealer): Promise<EncryptedValues> {
  const { listByFirm } = createConnections(db, sealer, Date.now);
  const firms = await db.selectFrom("firms").select("id").execute();
  const connections = (await Promise.all(firms.map(({ id }) => listByFirm(id)))).flat();
  const unreadable = connections.filter(({ state }) => state === "unreadable");
  return {
    all: connections.length,
    unreadable: unreadable.map(({ firmId, userId }) => `${firmId} ${userId}`),
  };
}

async function findUnreadableWebhooks(db: Kysely<Schema>, sealer: Sealer): Promise<EncryptedValues> {
  const { find } = createWebhooks(db, sealer);
  const confirmed = await db
    .selectFrom("webhooks")
    .select("id")
    .where("sealed_secret", "is not", null)
    .execute();
  const webhooks = await Promise.all(confirmed.map(({ id }) => find(id)));
  const unreadable = webhooks.flatMap((webhook) => (webhook && webhook.secret === null ? [webhook.id] : []));
  return { all: confirmed.length, unreadable };
}

const BATCH_RECORDS = 5_000;

async function findUnreadableRecords(
  db: Kysely<Schema>,
  sealer: Sealer,
  onVerified: (records: number) => void,
): Promise<EncryptedValues> {
  const { cipherFor } = createMirrorKeys(db, sealer);
  const ciphers = new Map<number, RecordCipher | null>();
  const canDecryptRow = async (row: MirrorRecordRow) => {
    const { mirror_id: mirrorId } = row;
    let cipher = ciphers.get(mirrorId);
    if (cipher === undefined) {
      cipher = await cipherFor(mirrorId).catch(nullIfSealed);
      ciphers.set(mirrorId, cipher);
    }
    return cipher !== null && canDecrypt(row, cipher);
  };
  const unreadable: string[] = [];
  let all = 0;
  const firstPage = db
    .selectFrom("mirror_records")
    .selectAll()
    .orderBy("mirror_id")
    .orderBy("kind")
    .orderBy("id")
    .limit(BATCH_RECORDS);
  let page = firstPage;
  for (;;) {
    const rows = await page.execute();
    for (const row of rows)
      if (!(await canDecryptRow(row))) unreadable.push(`${row.mirror_id} ${row.kind} ${row.id}`);
    all += rows.length;
    onVerified(rows.length);
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_RECORDS) return { all, unreadable };
    page = firstPage.where(
      sql<boolean>`(mirror_id, kind, id) > (${last.mirror_id}, ${last.kind}, ${last.id})`,
    );
  }
}

async function findUnreadableCalls(db: Kysely<Schema>, sealer: Sealer): Promise<EncryptedValues> {
  const keys = createCallKeys(db, sealer, Date.now);
  const unreadable: string[] = [];
  let all = 0;
  let lastId = "";
  for (;;) {
    const rows = await db
      .selectFrom("calls")
      .select(["id", "firm_id", "period", "sealed"])
      .where("id", ">", lastId)
      .orderBy("id")
      .limit(BATCH_RECORDS)
      .execute();
    for (const row of rows) if ((await findContent(keys, db, row)) === null) unreadable.push(row.id);
    all += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_RECORDS) return { all, unreadable };
    lastId = last.id;
  }
}

function nullIfSealed(error: unknown): null {
  if (!(error instanceof SealError)) throw error;
  return null;
}
