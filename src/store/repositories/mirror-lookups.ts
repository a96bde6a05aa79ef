import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";
import type { Contact } from "../../calls/contact.ts";
import type { Matter } from "../../calls/matter.ts";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { MirrorRecordRow, Schema } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { MissingKeyError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { type FirmSummary, firmSummaries, toFirmSummary } from "./firm-summary.ts";
import type { MirrorSummary } from "./mirror.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import { decryptRecord } from "./mirror-record-encryption.ts";

/** A contact that one of two terms found. */
export interface FoundContact {
  readonly contact: Contact;
  /** Whether the first of the two terms found it. */
  readonly matchesFirst: boolean;
  /** Whether the contact is related to a matter (`MirrorRecords.mattersRelatedTo`). */
  readonly isRelated: boolean;
  /** Decrypts the contact's matters, by ID. Throws `SealError`. */
  matters(): Matter[];
}

/** A contact's matters. */
export interface FoundMatters {
  /** By ID. */
  readonly matters: Matter[];
  /** As in `FoundContact`. */
  readonly isRelated: boolean;
}

/** What a lookup returned: first whether the firm's mirror may answer, then what it has. */
export interface MirrorLookup<Found> {
  /** Null if the firm isn't admitted. */
  readonly firm: FirmSummary | null;
  /**
   * Decrypts what the mirror of `firm` has. Call it only if that mirror is current, because others can't be searched.
   *
   * @throws SealError if a record can't be decrypted, or the mirror was discarded in the meantime
   */
  find(): Promise<Found>;
}

/**
 * What calls look up in the mirrors. A call takes one query, because over a network each one takes longer than everything
 * else that a call does (`docs/decisions/0021-one-query-per-call.md`).
 */
export interface MirrorLookups {
  /** The contacts that match at least one of two terms, with their matters. */
  contactsByEitherTerm(
    firmId: string,
    terms: readonly [string, string],
  ): Promise<MirrorLookup<FoundContact[]>>;
  /** The matters of a contact; null if the mirror doesn't have the contact. */
  mattersOfContact(firmId: string, contactId: number): Promise<MirrorLookup<FoundMatters | null>>;
}

/** A firm beyond these takes two more queries for its next call. */
const MAX_KNOWN_MIRRORS = 20_000;

/** Separate the matters of a contact, and the ID of a matter from its content. Neither occurs in what they separate. */
const MATTER_SEPARATOR = ",";
const ID_SEPARATOR = " ";

export function createMirrorLookups(
  db: Kysely<Schema>,
  { kids }: Pick<Sealer, "kids">,
  keys: Pick<MirrorKeys, "cipherFor" | "loadedCipher">,
): MirrorLookups {
  /** The mirrors that firms had at their last call: terms can be hashed only with the key of the mirror they are looked up in. */
  const knownMirrors = new LRUCache<string, number>({ max: MAX_KNOWN_MIRRORS });

  // Subqueries instead of joins: without statistics, PostgreSQL may start a join with the wrong table and read all of a
  // firm's records (docs/decisions/0002-sqlite-then-postgresql.md).
  const findByEitherTerm = compileQuery(db, (param: Param<"firmId" | "mirrorId" | "first" | "second">) =>
    firmSummaries(db, kids)
      .leftJoin("mirror_terms", (join) =>
        join
          .on("mirror_terms.mirror_id", "=", param("mirrorId"))
          .on("mirror_terms.hash", "in", [param("first"), param("second")]),
      )
      .select(({ selectFrom }) => [
        "mirror_terms.contact_id",
        "mirror_terms.hash",
        selectFrom("mirror_records")
          .select("mirror_records.sealed")
          .whereRef("mirror_records.mirror_id", "=", "mirror_terms.mirror_id")
          .where("mirror_records.kind", "=", sql.lit("contact"))
          .whereRef("mirror_records.id", "=", "mirror_terms.contact_id")
          .as("sealed"),
        selectFrom("mirror_records as matters")
          .select(packMatters)
          .whereRef("matters.mirror_id", "=", "mirror_terms.mirror_id")
          .whereRef("matters.client_id", "=", "mirror_terms.contact_id")
          .as("matters"),
        selectFrom("mirror_records as relationships")
          .select("relationships.id")
          .whereRef("relationships.mirror_id", "=", "mirror_terms.mirror_id")
          .whereRef("relationships.contact_id", "=", "mirror_terms.contact_id")
          .limit(sql.lit(1))
          .as("relationship_id"),
      ])
      .where("firms.id", "=", param("firmId")),
  );
  const findByContact = compileQuery(db, (param: Param<"firmId" | "contactId">) =>
    firmSummaries(db, kids)
      .select(({ selectFrom }) => [
        selectFrom("mirror_records")
          .select("mirror_records.id")
          .whereRef("mirror_records.mirror_id", "=", "mirrors.id")
          .where("mirror_records.kind", "=", sql.lit("contact"))
          .where("mirror_records.id", "=", param("contactId"))
          .as("contact_id"),
        selectFrom("mirror_records as matters")
          .select(packMatters)
          .whereRef("matters.mirror_id", "=", "mirrors.id")
          .where("matters.client_id", "=", param("contactId"))
          .as("matters"),
        selectFrom("mirror_records as relationships")
          .select("relationships.id")
          .whereRef("relationships.mirror_id", "=", "mirrors.id")
          .where("relationships.contact_id", "=", param("contactId"))
          .limit(sql.lit(1))
          .as("relationship_id"),
      ])
      .where("firms.id", "=", param("firmId")),
  );
  const findSummary = compileQuery(db, (param: Param<"firmId">) =>
    firmSummaries(db, kids).where("firms.id", "=", param("firmId")),
  );

  async function rowsByEitherTerm(
    firmId: string,
    mirrorId: number,
    cipher: RecordCipher,
    terms: readonly [string, string],
  ) {
    const [first, second] = [cipher.hash(terms[0]), cipher.hash(terms[1])];
    const rows = await findByEitherTerm({ firmId, mirrorId, first, second });
    return { rows, find: () => foundContacts(rows, first, cipher) };
  }

  /** For a firm whose mirror, or its key, this process doesn't know yet. */
  async function findInMirror(
    firmId: string,
    mirror: MirrorSummary | null,
    terms: readonly [string, string],
  ): Promise<FoundContact[]> {
    if (!mirror) throw new TypeError("this firm has no mirror");
    const cipher = await keys.cipherFor(mirror.id);
    const { rows, find } = await rowsByEitherTerm(firmId, mirror.id, cipher, terms);
    if (rows[0]?.id !== mirror.id) throw new MissingKeyError("the mirror was discarded during the lookup");
    knownMirrors.set(firmId, mirror.id);
    return find();
  }

  return {
    async contactsByEitherTerm(firmId, terms) {
      const mirrorId = knownMirrors.get(firmId);
      const cipher = mirrorId === undefined ? null : keys.loadedCipher(mirrorId);
      if (mirrorId !== undefined && cipher) {
        const { rows, find } = await rowsByEitherTerm(firmId, mirrorId, cipher, terms);
        const [row] = rows;
        const firm = row ? toFirmSummary(row, kids) : null;
        if (firm?.mirror?.id === mirrorId) return { firm, find: async () => find() };
        return { firm, find: () => findInMirror(firmId, firm?.mirror ?? null, terms) };
      }
      const [row] = await findSummary({ firmId });
      const firm = row ? toFirmSummary(row, kids) : null;
      return { firm, find: () => findInMirror(firmId, firm?.mirror ?? null, terms) };
    },

    async mattersOfContact(firmId, contactId) {
      const [row] = await findByContact({ firmId, contactId });
      const firm = row ? toFirmSummary(row, kids) : null;
      return {
        firm,
        async find() {
          if (!row || !firm?.mirror || row.contact_id === null) return null;
          const isRelated = row.relationship_id !== null;
          if (row.matters === null) return { matters: [], isRelated };
          const cipher = await keys.cipherFor(firm.mirror.id);
          return { matters: unpackMatters(row.matters, contactId, cipher), isRelated };
        },
      };
    },
  };
}

/** All matters of a subquery in a single text, so that a contact takes one row however many it has. */
function packMatters<DB extends { matters: MirrorRecordRow }, TB extends keyof DB>({
  eb,
  fn,
  cast,
  ref,
}: ExpressionBuilder<DB, TB | "matters">) {
  const [id, sealed] = [cast<string>(ref("matters.id" as never), "text"), ref("matters.sealed" as never)];
  const matter = eb(eb(id, "||", sql.lit(ID_SEPARATOR)), "||", sealed);
  return fn.agg<string | null>("string_agg", [matter, sql.lit(MATTER_SEPARATOR)]).as("packed");
}

function unpackMatters(packed: string, clientId: number, cipher: RecordCipher): Matter[] {
  return packed
    .split(MATTER_SEPARATOR)
    .map((text) => {
      const end = text.indexOf(ID_SEPARATOR);
      const row = { id: Number(text.slice(0, end)), sealed: text.slice(end + 1), client_id: clientId };
      return decryptRecord("matter", row, cipher);
    })
    .toSorted((one, other) => one.id - other.id);
}

interface FoundRow {
  readonly contact_id: number | null;
  readonly hash: string | null;
  readonly sealed: string | null;
  readonly matters: string | null;
  readonly relationship_id: number | null;
}

function foundContacts(rows: readonly FoundRow[], firstHash: string, cipher: RecordCipher): FoundContact[] {
  const byId = new Map<number, FoundContact>();
  for (const { contact_id: id, hash, sealed, matters, relationship_id } of rows) {
    // A contact's terms are deleted with it, so a term without a contact means that the database was tampered with.
    if (id === null || sealed === null) continue;
    const known = byId.get(id);
    byId.set(id, {
      contact: known?.contact ?? decryptRecord("contact", { id, sealed }, cipher),
      matchesFirst: hash === firstHash || known?.matchesFirst === true,
      isRelated: relationship_id !== null,
      matters: () => (matters === null ? [] : unpackMatters(matters, id, cipher)),
    });
  }
  return [...byId.values()];
}
