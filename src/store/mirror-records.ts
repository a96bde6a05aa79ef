import { type Kysely, type Selectable, type SelectQueryBuilder, sql, type Transaction } from "kysely";
import type { Contact } from "../calls/contact.ts";
import type { FirmRecord, FirmRecordContent, RecordKind } from "../calls/firm-record.ts";
import type { Matter, StaffMember } from "../calls/matter.ts";
import { compileQuery, type Place } from "./compiled-query.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import type { MirrorRecordRow, Schema } from "./schema.ts";
import type { Sealer } from "./sealing.ts";

/** A record as Clio has it, and how it is found. */
export interface MirrorRecord<Kind extends RecordKind = RecordKind> extends FirmRecord<Kind> {
  /** What a contact is found by: texts that only ever reach the database hashed. */
  readonly terms: readonly string[];
}

/** Part of the ids of one kind, and what Clio has there: what the mirror has beside that is gone from Clio. */
export type Stretch =
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
   * @returns how many records became different; 0 when the mirror was given up meanwhile
   */
  put<Kind extends RecordKind>(
    mirrorId: number,
    kind: Kind,
    records: readonly MirrorRecord<Kind>[],
    stretch: Stretch,
  ): Promise<number>;
  /** The contacts that are found by either of two terms, once each. Throws `SealError` when they cannot be opened. */
  contactsFoundByEither(mirrorId: number, terms: readonly [string, string]): Promise<FoundContact[]>;
  /** The contacts that are found by any of the terms, once each. Throws `SealError`. */
  contactsFoundBy(mirrorId: number, terms: readonly string[]): Promise<Contact[]>;
  /** Whether a contact is in the mirror. */
  hasContact(mirrorId: number, contactId: number): Promise<boolean>;
  /** The matters of one client. Throws `SealError`. */
  mattersOf(mirrorId: number, clientId: number): Promise<Matter[]>;
  /** Everybody with a login, by id. Throws `SealError`. */
  users(mirrorId: number): Promise<Map<number, StaffMember>>;
}

/** Databases take so many values in one query, and not many more. */
const VALUES_A_QUERY = 5_000;

type TermsQuery = SelectQueryBuilder<
  Schema,
  "mirror_terms",
  Pick<Selectable<Schema["mirror_terms"]>, "mirror_id" | "contact_id" | "hash">
>;

/** @param now milliseconds since 1970 */
export function createMirrorRecords(db: Kysely<Schema>, sealer: Sealer, now: () => number): MirrorRecords {
  // The terms first, whatever PostgreSQL knows of the tables: of a firm that was just read it knows nothing, and would look
  // through all of its contacts at every call.
  const found = (terms: (query: TermsQuery) => TermsQuery) =>
    db
      .with(
        (cte) => cte("terms").materialized(),
        (cte) => terms(cte.selectFrom("mirror_terms").select(["mirror_id", "contact_id", "hash"])),
      )
      .selectFrom("terms")
      .innerJoin("mirror_records", (join) =>
        join
          .onRef("mirror_records.mirror_id", "=", "terms.mirror_id")
          .onRef("mirror_records.id", "=", "terms.contact_id")
          .on("mirror_records.kind", "=", sql.lit("contact")),
      )
      .select(["mirror_records.id", "mirror_records.sealed", "terms.hash"]);
  const foundByEither = compileQuery(db, (place: Place<"mirrorId" | "first" | "second">) =>
    found((terms) =>
      terms.where("mirror_id", "=", place("mirrorId")).where("hash", "in", [place("first"), place("second")]),
    ),
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
    async put(mirrorId, kind, records, stretch) {
      const keys = sealer.ofMirror(mirrorId);
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

    async contactsFoundByEither(mirrorId, terms) {
      const keys = sealer.ofMirror(mirrorId);
      const [first, second] = [keys.hash(terms[0]), keys.hash(terms[1])];
      const byId = new Map<number, FoundContact>();
      for (const row of await foundByEither({ mirrorId, first, second })) {
        const known = byId.get(row.id);
        const byFirst = row.hash === first || known?.byFirst === true;
        byId.set(row.id, { contact: known?.contact ?? opened("contact", row, keys), byFirst });
      }
      return [...byId.values()];
    },

    async contactsFoundBy(mirrorId, terms) {
      if (terms.length === 0) return [];
      const keys = sealer.ofMirror(mirrorId);
      const hashes = terms.map(keys.hash);
      const rows = await found((query) =>
        query.where("mirror_id", "=", mirrorId).where("hash", "in", hashes),
      ).execute();
      const byId = new Map(rows.map((row) => [row.id, row]));
      return [...byId.values()].map((row) => opened("contact", row, keys));
    },

    async hasContact(mirrorId, contactId) {
      return (await contactOf({ mirrorId, contactId })).length > 0;
    },

    async mattersOf(mirrorId, clientId) {
      const keys = sealer.ofMirror(mirrorId);
      const rows = await ofClient({ mirrorId, clientId });
      return rows.map((row) => opened("matter", { ...row, client_id: clientId }, keys));
    },

    async users(mirrorId) {
      const keys = sealer.ofMirror(mirrorId);
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

/** A record, ready to be compared with what is there; sealed only when it has to be written. */
interface PreparedRecord {
  readonly id: number;
  readonly clientId: number | null;
  readonly digest: string;
  readonly terms: readonly string[];
  sealed(): string;
  hashes(): string[];
}

function prepared({ kind, content, clientId, terms }: MirrorRecord, keys: MirrorKeys): PreparedRecord {
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
  keys: MirrorKeys,
): FirmRecordContent[Kind] {
  // Only this file writes what stands in this place, and the seal vouches for that.
  return JSON.parse(keys.open(sealed, placeOf(kind, id, clientId))) as FirmRecordContent[Kind];
}

/** Digests by id, of the stretch and of the records themselves. */
async function rowsThere(
  trx: Transaction<Schema>,
  mirrorId: number,
  kind: RecordKind,
  ids: readonly number[],
  stretch: Stretch,
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
  for (let at = 0; at < ids.length; at += VALUES_A_QUERY) {
    const some = ids.slice(at, at + VALUES_A_QUERY);
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
