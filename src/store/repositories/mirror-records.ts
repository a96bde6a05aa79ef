import { type Kysely, sql } from "kysely";
import type { Contact } from "../../calls/contact.ts";
import type { RecordKind } from "../../calls/firm-record.ts";
import type { Matter, RelatedMatter, StaffMember } from "../../calls/matter.ts";
import { toRelatedMatters } from "../../calls/relationship.ts";
import type { Lease } from "../coordination/leases.ts";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { Schema } from "../db/schema.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import { decryptRecord, type MirrorRecord } from "./mirror-record-encryption.ts";
import { compileRecordInserts, type IdRange, writeMirrorRecords } from "./mirror-record-writer.ts";

/**
 * The records in the mirrors, encrypted, and found by keyed hashes (`docs/decisions/0003-encrypted-mirror.md`). Methods that
 * return records throw a `SealError` if one can't be decrypted.
 */
export interface MirrorRecords {
  /**
   * Brings a mirror up to date with a batch of Clio's records: inserts new records, updates changed ones, and deletes those of
   * the range that are not in the batch. All of it, or nothing.
   *
   * @param idRange the IDs for which the batch is complete
   * @param lease the lease under which the records were read
   * @returns how many records were written or deleted; 0 if the mirror was discarded
   * @throws LeaseLostError if the lease was lost; nothing is written
   */
  put<Kind extends RecordKind>(
    mirrorId: number,
    kind: Kind,
    records: readonly MirrorRecord<Kind>[],
    idRange: IdRange,
    lease?: Lease,
  ): Promise<number>;
  /** The contacts that match at least one of the terms. */
  contactsByTerms(mirrorId: number, terms: readonly string[]): Promise<Contact[]>;
  hasContact(mirrorId: number, contactId: number): Promise<boolean>;
  /** The matters of a client, by ID. */
  mattersByClient(mirrorId: number, clientId: number): Promise<Matter[]>;
  /** The matters that a contact is related to, of those that the mirror has. */
  mattersRelatedTo(mirrorId: number, contactId: number): Promise<RelatedMatter[]>;
  /** The IDs of relationships, in order. @param after only higher ones */
  relationshipIds(mirrorId: number, after: number, limit: number): Promise<number[]>;
  /** All Clio users of the firm, by ID. */
  users(mirrorId: number): Promise<Map<number, StaffMember>>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createMirrorRecords(db: Kysely<Schema>, keys: MirrorKeys, now: () => number): MirrorRecords {
  // A subquery instead of a join: without statistics, PostgreSQL may start a join with the wrong table and read all of a
  // firm's contacts (docs/decisions/0002-sqlite-then-postgresql.md).
  const termMatches = db
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
  const findContactId = compileQuery(db, (param: Param<"mirrorId" | "contactId">) =>
    db
      .selectFrom("mirror_records")
      .select("id")
      .where("mirror_id", "=", param("mirrorId"))
      .where("kind", "=", sql.lit("contact"))
      .where("id", "=", param("contactId")),
  );
  const findByClient = compileQuery(db, (param: Param<"mirrorId" | "clientId">) =>
    db
      .selectFrom("mirror_records")
      .select(["id", "sealed"])
      .where("mirror_id", "=", param("mirrorId"))
      .where("client_id", "=", param("clientId"))
      .orderBy("id"),
  );
  const findRelated = compileQuery(db, (param: Param<"mirrorId" | "contactId">) =>
    db
      .selectFrom("mirror_records as relationships")
      .select(({ selectFrom }) => [
        "relationships.id",
        "relationships.matter_id",
        "relationships.sealed",
        selectFrom("mirror_records as matters")
          .select("matters.client_id")
          .whereRef("matters.mirror_id", "=", "relationships.mirror_id")
          .where("matters.kind", "=", sql.lit("matter"))
          .whereRef("matters.id", "=", "relationships.matter_id")
          .as("client_id"),
        selectFrom("mirror_records as matters")
          .select("matters.sealed")
          .whereRef("matters.mirror_id", "=", "relationships.mirror_id")
          .where("matters.kind", "=", sql.lit("matter"))
          .whereRef("matters.id", "=", "relationships.matter_id")
          .as("matter"),
      ])
      .where("relationships.mirror_id", "=", param("mirrorId"))
      .where("relationships.contact_id", "=", param("contactId"))
      .orderBy("relationships.id"),
  );

  const inserts = compileRecordInserts(db);

  return {
    put(mirrorId, kind, records, idRange, lease) {
      return writeMirrorRecords({ db, keys, inserts, now }, mirrorId, kind, records, idRange, lease);
    },

    async contactsByTerms(mirrorId, terms) {
      if (terms.length === 0) return [];
      const cipher = await keys.cipherFor(mirrorId);
      const rows = await termMatches
        .where("mirror_terms.mirror_id", "=", mirrorId)
        .where("mirror_terms.hash", "in", terms.map(cipher.hash))
        .execute();
      const byId = new Map(withoutOrphanedTerms(rows).map((row) => [row.id, row]));
      return [...byId.values()].map((row) => decryptRecord("contact", row, cipher));
    },

    async hasContact(mirrorId, contactId) {
      return (await findContactId({ mirrorId, contactId })).length > 0;
    },

    async mattersByClient(mirrorId, clientId) {
      const cipher = await keys.cipherFor(mirrorId);
      const rows = await findByClient({ mirrorId, clientId });
      return rows.map((row) => decryptRecord("matter", { ...row, client_id: clientId }, cipher));
    },

    async mattersRelatedTo(mirrorId, contactId) {
      const rows = await findRelated({ mirrorId, contactId });
      if (rows.length === 0) return [];
      const cipher = await keys.cipherFor(mirrorId);
      const matters = new Map<number, Matter>();
      const relationships = rows.flatMap(({ id, matter_id, sealed, client_id, matter }) => {
        if (matter_id === null || matter === null) return [];
        const row = { id: matter_id, sealed: matter, client_id };
        if (!matters.has(matter_id)) matters.set(matter_id, decryptRecord("matter", row, cipher));
        return decryptRecord("relationship", { id, sealed, contact_id: contactId, matter_id }, cipher);
      });
      return toRelatedMatters(relationships, [...matters.values()]);
    },

    async relationshipIds(mirrorId, after, limit) {
      const rows = await db
        .selectFrom("mirror_records")
        .select("id")
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", "relationship")
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },

    async users(mirrorId) {
      const cipher = await keys.cipherFor(mirrorId);
      const rows = await db
        .selectFrom("mirror_records")
        .select(["id", "sealed"])
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", "user")
        .execute();
      return new Map(rows.map((row) => [row.id, decryptRecord("user", row, cipher)]));
    },
  };
}

/** A contact's terms are deleted with it, so a term without a contact means that the database was tampered with. */
function withoutOrphanedTerms<Row extends { sealed: string | null }>(
  rows: readonly Row[],
): (Row & { sealed: string })[] {
  return rows.filter((row): row is Row & { sealed: string } => row.sealed !== null);
}
