import { LRUCache } from "lru-cache";
import type { CallContent } from "../../calls/call-record.ts";
import { type CallSearchTerm, callSearchTerms } from "../../calls/call-search.ts";
import type { CallRow } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";

/** The long texts of a report. */
export interface ReportTexts {
  readonly summary: string | null;
  readonly message: string | null;
  readonly transcript: string | null;
}

const TERM_HASH_LENGTH = 8;
const MAX_CACHED_HASHES = 2_000;

/** Names of people and matters come up again and again, and a keyed hash costs more than anything else in a call's row. */
const hashCaches = new WeakMap<RecordCipher, LRUCache<string, string>>();

export function sealCall(cipher: RecordCipher, firmId: string, id: string, content: CallContent): string {
  return cipher.encrypt(JSON.stringify(content), contentContext(firmId, id));
}

/** @throws SealError if the row was encrypted with another key, changed, or moved */
export function openCall(
  cipher: RecordCipher,
  { firm_id: firmId, id, sealed }: Pick<CallRow, "firm_id" | "id" | "sealed">,
): CallContent {
  // The cast is safe: only this file encrypts with this context.
  return JSON.parse(cipher.decrypt(sealed, contentContext(firmId, id))) as CallContent;
}

/** As `openCall`; null for a row that can't be decrypted. */
export function openCallOrNull(
  cipher: RecordCipher,
  row: Pick<CallRow, "firm_id" | "id" | "sealed">,
): CallContent | null {
  try {
    return openCall(cipher, row);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}

export function sealReport(cipher: RecordCipher, firmId: string, id: string, texts: ReportTexts): string {
  return cipher.encrypt(JSON.stringify(texts), reportContext(firmId, id));
}

/** @throws SealError as `openCall` does */
export function openReport(
  cipher: RecordCipher,
  { firm_id: firmId, id, sealed_report: sealed }: Pick<CallRow, "firm_id" | "id" | "sealed_report">,
): ReportTexts | null {
  return sealed === null
    ? null
    : (JSON.parse(cipher.decrypt(sealed, reportContext(firmId, id))) as ReportTexts);
}

export function hashCaller(cipher: RecordCipher, e164: string): string {
  return cipher.hash(`caller ${e164}`);
}

export function hashContact(cipher: RecordCipher, contactId: number): string {
  return cipher.hash(`contact ${contactId}`);
}

/** For the column `terms`. */
export function hashTerms(cipher: RecordCipher, content: CallContent): string {
  const terms = new Set(callSearchTerms(content).map(storedTerm));
  return Array.from(terms, (term) => `.${hashStored(cipher, term)}`).join("");
}

/** The hash in the column `terms` of calls that may have a term. Their content decides. */
export function hashTerm(cipher: RecordCipher, term: CallSearchTerm): string {
  return hashStored(cipher, storedTerm(term));
}

/** A number is found by its ending, which few calls share. */
function storedTerm(term: CallSearchTerm): CallSearchTerm {
  return term.startsWith("number ") ? `ending ${term.slice(-4)}` : term;
}

function hashStored(cipher: RecordCipher, term: CallSearchTerm): string {
  // Unlike names, numbers hardly come up twice.
  if (/\d/.test(term)) return shortHash(cipher, term);
  const cache = hashCaches.get(cipher) ?? new LRUCache<string, string>({ max: MAX_CACHED_HASHES });
  hashCaches.set(cipher, cache);
  const known = cache.get(term);
  if (known !== undefined) return known;
  const hash = shortHash(cipher, term);
  cache.set(term, hash);
  return hash;
}

/** Short, so that a row stays small. */
function shortHash(cipher: RecordCipher, term: string): string {
  // Hexadecimal, because SQLite's `like` ignores case.
  return Buffer.from(cipher.hash(term), "base64url").toString("hex").slice(0, TERM_HASH_LENGTH);
}

function contentContext(firmId: string, id: string): string {
  return `call:${firmId}:${id}`;
}

function reportContext(firmId: string, id: string): string {
  return `call-report:${firmId}:${id}`;
}
