import type { FirmRecord, FirmRecordContent, RecordKind } from "../../calls/firm-record.ts";
import type { MirrorRecordRow } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";

/** A record as it is in Clio, with the terms by which it is found. */
export interface MirrorRecord<Kind extends RecordKind = RecordKind> extends FirmRecord<Kind> {
  /** What a contact can be found by. The database only gets hashes of these. */
  readonly terms: readonly string[];
}

/** The records that a record belongs to, as in its row. */
export type RecordLinks = Pick<MirrorRecordRow, "client_id" | "contact_id" | "matter_id">;

/** A record with its digest. It is encrypted only if the digest shows that it has to be written. */
export interface DigestedRecord {
  readonly id: number;
  readonly links: RecordLinks;
  /** Keyed hash of everything that is stored of the record. */
  readonly digest: string;
  encryptContent(): string;
  hashTerms(): string[];
}

/**
 * Content is padded to a multiple of this, so that its length says little about the record. Of a generated firm's records, all
 * users and 98 % of the contacts fit into one step, and matters into three.
 */
const CONTENT_STEP_BYTES = 256;
/**
 * The number of terms is padded to a multiple of this. One or two phone numbers, with a name, take up to five terms, so most
 * contacts look the same.
 */
const TERMS_STEP = 6;

/** With spaces, which JSON allows at the end. */
function padText(text: string): string {
  const bytes = Buffer.byteLength(text);
  return text + " ".repeat(Math.ceil(bytes / CONTENT_STEP_BYTES) * CONTENT_STEP_BYTES - bytes);
}

/** With terms that nothing matches. They are the same each time, because otherwise every update would show which they are. */
function padTerms(terms: readonly string[], kind: RecordKind, id: number): string[] {
  const missing = Math.ceil(terms.length / TERMS_STEP) * TERMS_STEP - terms.length;
  return [...terms, ...Array.from({ length: missing }, (_, at) => `padding ${kind}:${id} ${at}`)];
}

export function digestRecord(record: MirrorRecord, cipher: RecordCipher): DigestedRecord {
  const { kind, content, clientId, terms } = record;
  const { id } = content;
  const links = linksOf(record);
  const text = JSON.stringify(content);
  return {
    id,
    links,
    digest: cipher.hash(JSON.stringify([kind, clientId, text, terms])),
    encryptContent: () => cipher.encrypt(padText(text), recordContext(kind, id, links)),
    hashTerms: () => padTerms([...new Set(terms)], kind, id).map(cipher.hash),
  };
}

/** @throws SealError if the row was encrypted with another key, changed, or moved */
export function decryptRecord<Kind extends RecordKind>(
  kind: Kind,
  { id, sealed, ...links }: Pick<MirrorRecordRow, "id" | "sealed"> & Partial<RecordLinks>,
  cipher: RecordCipher,
): FirmRecordContent[Kind] {
  // The cast is safe: only this file encrypts with this context.
  return JSON.parse(cipher.decrypt(sealed, recordContext(kind, id, links))) as FirmRecordContent[Kind];
}

/** Whether a row decrypts with the cipher of its mirror. */
export function canDecrypt(row: MirrorRecordRow, cipher: RecordCipher): boolean {
  try {
    decryptRecord(row.kind, row, cipher);
    return true;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return false;
  }
}

function linksOf(record: MirrorRecord): RecordLinks {
  const { clientId: client_id } = record;
  if (!isRelationship(record)) return { client_id, contact_id: null, matter_id: null };
  return { client_id, contact_id: record.content.contactId, matter_id: record.content.matterId };
}

function isRelationship(record: MirrorRecord): record is MirrorRecord<"relationship"> {
  return record.kind === "relationship";
}

/**
 * Contains what the record belongs to, so that a matter doesn't decrypt if its row is assigned to another client, nor a
 * relationship if it is to another contact or matter.
 */
function recordContext(
  kind: RecordKind,
  id: number,
  {
    client_id: clientId = null,
    contact_id: contactId = null,
    matter_id: matterId = null,
  }: Partial<RecordLinks>,
): string {
  const record = `${kind}:${id}`;
  if (contactId !== null) return `${record} of ${contactId} on ${matterId}`;
  return clientId === null ? record : `${record} of ${clientId}`;
}
