import { type Kysely, sql, type Transaction } from "kysely";
import type { Contact } from "../../calls/contact.ts";
import type { FirmRecord, FirmRecordContent, RecordKind } from "../../calls/firm-record.ts";
import type { Matter, StaffMember } from "../../calls/matter.ts";
import { type Lease, renewLease } from "../coordination/leases.ts";
import { compileQuery, type Place } from "../db/compiled-query.ts";
import type { MirrorRecordRow, Schema } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** A record as Clio has it, and how it is found. */
export interface MirrorRecord<Kind extends RecordKind = RecordKind> extends FirmRecord<Kind> {
  /** What a contact is found by: texts that only ever reach the database hashed. */
  readonly terms: readonly string[];
}

/** Part of the ids of one kind, and what Clio has there: what the mirror has beside that is gone from Clio. */
export type IdRange =
  /** Above the one id, up to the other; `null` for no end. */
  | { readonly after: number; readonly upTo: number | null }
  /** These ids. */
  | { readonly ids: readonly number[] }
  /** Nothing is said of what is not among the records. */
  | "these";

/** A contact, and whether the first of the terms has found it. */
export interface FoundContact {
  readonly contact: Contact;
  readonly byFirst: boolean;
}

/** What is in the mirrors. All of it is sealed, and found by keyed hashes. */
export interface MirrorRecords {
  /**
   * Puts a stretch of Clio's records of one kind into a mirror: what is new or has changed is written, what is not
   * there any more is deleted. All of it or nothing.
   *
   * @param lease under which it was read
   * @returns how many records became different; 0 when the mirror was given up meanwhile
   * @throws LeaseLost, and nothing is written, when somebody else reads the firm by now
   */
  put<Kind extends RecordKind>(
    mirrorId: number,
    kind: Kind,
    records: readonly MirrorRecord<Kind>[],
    stretch: IdRange,
    lease?: Lease,
  ): Promise<number>;
  /** The contacts that are found by either of two terms, once each. Throws `SealError` when they cannot be opened. */
  contactsByEitherTerm(mirrorId: number, terms: readonly [string, string]): Promise<FoundContact[]>;
  /** The contacts that are found by any of the terms, once each. Throws `SealError`. */
  contactsByTerms(mirrorId: number, terms: readonly string[]): Promise<Contact[]>;
  /** Whether a contact is in the mirror. */
  hasContact(mirrorId: number, contactId: number): Promise<boolean>;
  /** The matters of one client. Throws `SealError`. */
  mattersOf(mirrorId: number, clientId: number): Promise<Matter[]>;
  /** Everybody with a login, by id. Throws `SealError`. */
  users(mirrorId: number): Promise<Map<number, StaffMember>>;
}

/** Databases take so many values in one query, and not many more. */
const MAX_VALUES_PER_QUERY = 5_000;

/** @param now milliseconds since 1970 */
export function createMirrorRecords(db: Kysely<Schema>, sealer: Sealer, now: () => number): MirrorRecords {
  // Not a join: PostgreSQL would begin with whichever table it knows less of, and read all of a firm's contacts.
  const found = db
    .selectFrom("mirror_terms")
    .select(({ selectFrom }) => [
      "mirror_terms.contact_id as id",
      "mirror_terms.hash",
      selectFrom("mirror_records")
        .select("mirror_records.sealed")
        .whereRef("mirror_records.mirror_id", "=", "mirror_terms.mirror_id")
        .where("mirror_records.kind", "=", sql.lit("contact"))
        .whereRef("mirror_records.id", "=", "mirror_terms.contact_id")
        .as("sealed"),
    ]);
  const foundByEither = compileQuery(db, (place: Place<"mirrorId" | "first" | "second">) =>
    found
      .where("mirror_terms.mirror_id", "=", place("mirrorId"))
      .where("mirror_terms.hash", "in", [place("first"), place("second")]),
  );
  const contactOf = compileQuery(db, (place: Place<"mirrorId" | "contactId">) =>
    db
      .selectFrom("mirror_records")
      .select("id")
      .where("mirror_id", "=", place("mirrorId"))
      .where("kind", "=", sql.lit("contact"))
      .where("id", "=", place("contactId")),
  );
  const ofClient = compileQuery(db, (place: Place<"mirrorId" | "clientId">) =>
    db
      .selectFrom("mirror_records")
      .select(["id", "sealed"])
      .where("mirror_id", "=", place("mirrorId"))
      .where("client_id", "=", place("clientId"))
      .orderBy("id"),
  );

  return {
    async put(mirrorId, kind, records, stretch, lease) {
      const keys = sealer.cipherFor(mirrorId);
      // A list that changes while it is paged can name a record twice: the later page knows better.
      const once = new Map(records.map((record) => [record.content.id, record]));
      const rows = [...once.values()].map((record) => prepared(record, keys));
      const ids = rows.map(({ id }) => id);
      return db.transaction().execute(async (trx) => {
        const there = await rowsThere(trx, mirrorId, kind, ids, stretch);
        const changed = rows.filter(({ id, digest }) => there.get(id) !== digest);
        const wanted = new Set(ids);
        const gone = [...there.keys()].filter((id) => !wanted.has(id));
        if (changed.length === 0 && gone.length === 0) return 0;
        await renewLease(trx, lease, now);

        const added = changed.filter(({ id }) => !there.has(id)).length - gone.length;
        const mirror = await trx
          .updateTable("mirrors")
          .set(({ eb }) => ({
            changed_at: now(),
            contacts: eb("contacts", "+", kind === "contact" ? added : 0),
            matters: eb("matters", "+", kind === "matter" ? added : 0),
            users: eb("users", "+", kind === "user" ? added : 0),
            users_revision: eb("users_revision", "+", kind === "user" ? 1 : 0),
          }))
          .where("id", "=", mirrorId)
          .where("gone", "=", 0)
          .returning("id")
          .executeTakeFirst();
        if (!mirror) return 0;
        if (gone.length > 0) await remove(trx, mirrorId, kind, gone);
        if (changed.length > 0) await write(trx, mirrorId, kind, changed, there);
        return changed.length + gone.length;
      });
    },

    async contactsByEitherTerm(mirrorId, terms) {
      const keys = sealer.cipherFor(mirrorId);
      const [first, second] = [keys.hash(terms[0]), keys.hash(terms[1])];
      const byId = new Map<number, FoundContact>();
      for (const row of withSeals(await foundByEither({ mirrorId, first, second }))) {
        const known = byId.get(row.id);
        const byFirst = row.hash === first || known?.byFirst === true;
        byId.set(row.id, { contact: known?.contact ?? opened("contact", row, keys), byFirst });
      }
      return [...byId.values()];
    },

    async contactsByTerms(mirrorId, terms) {
      if (terms.length === 0) return [];
      const keys = sealer.cipherFor(mirrorId);
      const rows = await found
        .where("mirror_terms.mirror_id", "=", mirrorId)
        .where("mirror_terms.hash", "in", terms.map(keys.hash))
        .execute();
      const byId = new Map(withSeals(rows).map((row) => [row.id, row]));
      return [...byId.values()].map((row) => opened("contact", row, keys));
    },

    async hasContact(mirrorId, contactId) {
      return (await contactOf({ mirrorId, contactId })).length > 0;
    },

    async mattersOf(mirrorId, clientId) {
      const keys = sealer.cipherFor(mirrorId);
      const rows = await ofClient({ mirrorId, clientId });
      return rows.map((row) => opened("matter", { ...row, client_id: clientId }, keys));
    },

    async users(mirrorId) {
      const keys = sealer.cipherFor(mirrorId);
      const rows = await db
        .selectFrom("mirror_records")
        .select(["id", "sealed"])
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", "user")
        .execute();
      return new Map(rows.map((row) => [row.id, opened("user", row, keys)]));
    },
  };
}

/** Terms are deleted with their contact: a term without one is that of a database which was tampered with. */
function withSeals<Row extends { sealed: string | null }>(
  rows: readonly Row[],
): (Row & { sealed: string })[] {
  return rows.filter((row): row is Row & { sealed: string } => row.sealed !== null);
}

/** A record, ready to be compared with what is there; sealed only when it has to be written. */
interface PreparedRecord {
  readonly id: number;
  readonly clientId: number | null;
  readonly digest: string;
  readonly terms: readonly string[];
  sealed(): string;
  hashes(): string[];
}

function prepared({ kind, content, clientId, terms }: MirrorRecord, keys: RecordCipher): PreparedRecord {
  const { id } = content;
  const text = JSON.stringify(content);
  return {
    id,
    clientId,
    terms,
    digest: keys.hash(JSON.stringify([kind, clientId, text, terms])),
    sealed: () => keys.seal(text, placeOf(kind, id, clientId)),
    hashes: () => [...new Set(terms)].map(keys.hash),
  };
}

/** Given to another client in the database, a matter does not open. */
function placeOf(kind: RecordKind, id: number, clientId: number | null): string {
  return clientId === null ? `${kind}:${id}` : `${kind}:${id} of ${clientId}`;
}

function opened<Kind extends RecordKind>(
  kind: Kind,
  {
    id,
    sealed,
    client_id: clientId = null,
  }: Pick<MirrorRecordRow, "id" | "sealed"> & { client_id?: number | null },
  keys: RecordCipher,
): FirmRecordContent[Kind] {
  // Only this file writes what stands in this place, and the seal vouches for that.
  return JSON.parse(keys.open(sealed, placeOf(kind, id, clientId))) as FirmRecordContent[Kind];
}

/** Whether a row opens with the keys of its mirror: what a copy of it is asked. */
export function opens(row: MirrorRecordRow, keys: RecordCipher): boolean {
  try {
    opened(row.kind, row, keys);
    return true;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return false;
  }
}

/** Digests by id, of the stretch and of the records themselves. */
async function rowsThere(
  trx: Transaction<Schema>,
  mirrorId: number,
  kind: RecordKind,
  ids: readonly number[],
  stretch: IdRange,
): Promise<Map<number, string>> {
  let query = trx
    .selectFrom("mirror_records")
    .select(["id", "digest"])
    .where("mirror_id", "=", mirrorId)
    .where("kind", "=", kind);
  if (stretch === "these" || "ids" in stretch) {
    const named = stretch === "these" ? ids : [...new Set([...ids, ...stretch.ids])];
    if (named.length === 0) return new Map();
    query = query.where("id", "in", named);
  } else {
    query = query.where("id", ">", stretch.after);
    if (stretch.upTo !== null) query = query.where("id", "<=", stretch.upTo);
  }
  return new Map((await query.execute()).map(({ id, digest }) => [id, digest]));
}

async function remove(trx: Transaction<Schema>, mirrorId: number, kind: RecordKind, ids: readonly number[]) {
  for (let at = 0; at < ids.length; at += MAX_VALUES_PER_QUERY) {
    const some = ids.slice(at, at + MAX_VALUES_PER_QUERY);
    await trx
      .deleteFrom("mirror_records")
      .where("mirror_id", "=", mirrorId)
      .where("kind", "=", kind)
      .where("id", "in", some)
      .execute();
    if (kind === "contact") await removeTerms(trx, mirrorId, some);
  }
}

async function removeTerms(trx: Transaction<Schema>, mirrorId: number, contactIds: readonly number[]) {
  await trx
    .deleteFrom("mirror_terms")
    .where("mirror_id", "=", mirrorId)
    .where("contact_id", "in", contactIds)
    .execute();
}

async function write(
  trx: Transaction<Schema>,
  mirrorId: number,
  kind: RecordKind,
  records: readonly PreparedRecord[],
  there: ReadonlyMap<number, string>,
): Promise<void> {
  await trx
    .insertInto("mirror_records")
    .values(
      records.map((record) => ({
        mirror_id: mirrorId,
        kind,
        id: record.id,
        client_id: record.clientId,
        digest: record.digest,
        sealed: record.sealed(),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["mirror_id", "kind", "id"]).doUpdateSet(({ ref }) => ({
        client_id: ref("excluded.client_id"),
        digest: ref("excluded.digest"),
        sealed: ref("excluded.sealed"),
      })),
    )
    .execute();
  const known = records.filter(({ id }) => there.has(id)).map(({ id }) => id);
  if (kind === "contact" && known.length > 0) await removeTerms(trx, mirrorId, known);
  const terms = records.flatMap((record) =>
    record.hashes().map((hash) => ({ mirror_id: mirrorId, hash, contact_id: record.id })),
  );
  if (terms.length > 0) await trx.insertInto("mirror_terms").values(terms).execute();
}
