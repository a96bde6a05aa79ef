import type { FirmRecord, FirmRecordContent, RecordKind } from "../../calls/firm-record.ts";
import type { MirrorRecordRow } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";

/** A record as it is in Clio, with the terms by which it is found. */
export interface MirrorRecord<Kind extends RecordKind = RecordKind> extends FirmRecord<Kind> {
  /** What a contact can be found by. The database only gets hashes of these. */
  readonly terms: readonly string[];
}

/** A record with its digest. It is encrypted only if the digest shows that it has to be written. */
export interface DigestedRecord {
  readonly id: number;
  readonly clientId: number | null;
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

export function digestRecord(
  { kind, content, clientId, terms }: MirrorRecord,
  cipher: RecordCipher,
): DigestedRecord {
  const { id } = content;
  const text = JSON.stringify(content);
  return {
    id,
    clientId,
    digest: cipher.hash(JSON.stringify([kind, clientId, text, terms])),
    encryptContent: () => cipher.encrypt(padText(text), recordContext(kind, id, clientId)),
    hashTerms: () => padTerms([...new Set(terms)], kind, id).map(cipher.hash),
  };
}

/** @throws SealError if the row was encrypted with another key, changed, or moved */
export function decryptRecord<Kind extends RecordKind>(
  kind: Kind,
  {
    id,
    sealed,
    client_id: clientId = null,
  }: Pick<MirrorRecordRow, "id" | "sealed"> & { client_id?: number | null },
  cipher: RecordCipher,
): FirmRecordContent[Kind] {
  // The cast is safe: only this file encrypts with this context.
  return JSON.parse(cipher.decrypt(sealed, recordContext(kind, id, clientId))) as FirmRecordContent[Kind];
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

/** Contains the client, so that a matter doesn't decrypt if its row is assigned to another client. */
function recordContext(kind: RecordKind, id: number, clientId: number | null): string {
  return clientId === null ? `${kind}:${id}` : `${kind}:${id} of ${clientId}`;
}
