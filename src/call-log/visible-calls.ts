import { LRUCache } from "lru-cache";
import { isSharedNumber } from "../calls/call-record.ts";
import { contactsWithNumber } from "../calls/matching/contacts-with-number.ts";
import type { CountryCode } from "../calls/matching/phone-number.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../clio/rate-limits.ts";
import { listContactsById } from "../clio/resources/contacts.ts";
import { listMattersById } from "../clio/resources/matters.ts";
import type { UserClio } from "../connections/user-clio.ts";
import type { Directory } from "../directory/directory.ts";
import { ClioNotConnectedError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import { type StoredCall, wasLookedUp } from "../store/repositories/stored-call.ts";

/** A contact or matter as one user sees it in Clio now. */
export interface VisibleRecord {
  readonly id: number;
  /** The contact's name, or the matter's display number. */
  readonly label: string | null;
}

/** A call as one user may see it. */
export interface VisibleCall {
  readonly call: StoredCall;
  /** Null if there is none, or if Clio hides it from the user. */
  readonly contact: VisibleRecord | null;
  /** As `contact`. */
  readonly matter: VisibleRecord | null;
  /** Whether the user may see who called, and what was said. */
  readonly isOpen: boolean;
}

/** The signed-in user who looks at calls. */
export interface CallReader {
  readonly connection: Connection;
  readonly isAdministrator: boolean;
}

/**
 * Calls as a user may see them. What Clio hides from the user is hidden here too
 * (docs/decisions/0026-calls-as-clio-shows-them.md).
 *
 * Asks Clio as that user, for all calls together, and leaves the requests that callers may need. Throws as
 * `ClioAccess.request` does.
 */
export type ReadVisibleCalls = (
  reader: CallReader,
  calls: readonly StoredCall[],
  context: RequestContext,
) => Promise<VisibleCall[]>;

interface VisibleCallsParts {
  readonly userClio: UserClio;
  readonly openUserDirectory: (connection: Connection, context: RequestContext) => Directory;
  readonly settings: { readonly defaultCountry: CountryCode };
}

const TIMEOUT_MS = 5_000;
const CACHE_MS = 60_000;
const MAX_CACHED_RECORDS = 50_000;
/** Each takes a request. The calls of further numbers are hidden. */
const MAX_SHARED_NUMBERS = 10;

/** What a user sees of a record; null if Clio hides it. */
type Sight = { readonly label: string | null } | null;

/** Remembers for a minute what a user sees, so that moving between pages takes no further requests. */
export function createVisibleCalls({
  userClio,
  openUserDirectory,
  settings,
}: VisibleCallsParts): ReadVisibleCalls {
  const sights = new LRUCache<string, { readonly sight: Sight }>({ max: MAX_CACHED_RECORDS, ttl: CACHE_MS });
  const candidateCounts = new LRUCache<string, number>({ max: MAX_CACHED_RECORDS, ttl: CACHE_MS });

  /** What the user sees of these records, by ID. */
  async function seeRecords(
    kind: "contacts" | "matters",
    ids: readonly (number | undefined)[],
    { connection }: CallReader,
    list: (ids: number[]) => Promise<readonly VisibleRecord[]>,
  ): Promise<ReadonlyMap<number, Sight>> {
    const keyOf = (id: number) => `${kind} ${keyOfUser(connection)} ${id}`;
    const wanted = new Set(ids.filter((id) => id !== undefined));
    const seen = new Map<number, Sight>();
    for (const id of wanted) {
      const known = sights.get(keyOf(id));
      if (known) seen.set(id, known.sight);
    }
    const unknown = [...wanted].filter((id) => !seen.has(id));
    if (unknown.length === 0) return seen;
    const found = new Map((await list(unknown)).map(({ id, label }) => [id, { label }]));
    for (const id of unknown) {
      const sight = found.get(id) ?? null;
      sights.set(keyOf(id), { sight });
      seen.set(id, sight);
    }
    return seen;
  }

  /** How many contacts the user sees with each of the numbers that several contacts share. */
  async function countCandidates(
    calls: readonly StoredCall[],
    { connection }: CallReader,
    context: RequestContext,
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const numbers = new Set(
      calls.flatMap(({ content }) => (content && isSharedNumber(content) && content.caller) || []),
    );
    for (const e164 of [...numbers].slice(0, MAX_SHARED_NUMBERS)) {
      const key = `${keyOfUser(connection)} ${e164}`;
      let count = candidateCounts.get(key);
      if (count === undefined) {
        const lastFour = e164.slice(-4);
        const contacts = await openUserDirectory(connection, context).contactsByNumber({ lastFour, e164 });
        const caller = { kind: "whole", e164, lastFour } as const;
        count = contactsWithNumber(caller, contacts, settings.defaultCountry).candidates.length;
        candidateCounts.set(key, count);
      }
      counts.set(e164, count);
    }
    return counts;
  }

  return async (reader, calls, context) => {
    const { connection } = reader;
    const clio = userClio(connection);
    const limited = context.fork(TIMEOUT_MS, { reservedRequests: REQUESTS_RESERVED_FOR_CALLS });
    try {
      const [contacts, matters, candidates] = await Promise.all([
        seeRecords(
          "contacts",
          calls.map(({ content }) => content?.contact?.id),
          reader,
          async (ids) =>
            (await listContactsById(clio, ids, limited)).map(({ id, name }) => ({ id, label: name })),
        ),
        seeRecords(
          "matters",
          calls.map(({ content }) => content?.matter?.id),
          reader,
          async (ids) =>
            (await listMattersById(clio, ids, limited)).map(({ id, displayNumber }) => ({
              id,
              label: displayNumber,
            })),
        ),
        countCandidates(calls, reader, limited),
      ]);
      const visible = (record: { readonly id: number } | null, seen: ReadonlyMap<number, Sight>) => {
        const sight = record && seen.get(record.id);
        return record && sight ? { id: record.id, label: sight.label } : null;
      };
      return calls.map((call): VisibleCall => {
        const { content } = call;
        if (!content) return { call, contact: null, matter: null, isOpen: false };
        const contact = visible(content.contact, contacts);
        const matter = visible(content.matter, matters);
        const isHidden =
          (content.contact !== null && !contact) ||
          (content.matter !== null && !matter) ||
          (content.contact === null && mayBeSomeoneHidden(call, reader, candidates));
        return { call, contact, matter, isOpen: !isHidden };
      });
    } catch (error) {
      if (!(error instanceof GrantRevokedError)) throw error;
      throw new ClioNotConnectedError("Your access was removed in Clio. Sign in again.", { cause: error });
    } finally {
      limited.close();
    }
  };
}

/** Whether a caller without a contact may be one whom Clio hides from the user. */
function mayBeSomeoneHidden(
  call: StoredCall,
  { isAdministrator }: CallReader,
  candidates: ReadonlyMap<string, number>,
): boolean {
  const { content } = call;
  if (!content) return true;
  if (!wasLookedUp(call)) return !isAdministrator;
  if (!isSharedNumber(content)) return false;
  return content.caller === null
    ? !isAdministrator
    : (candidates.get(content.caller) ?? 0) < content.candidateCount;
}

function keyOfUser({ firmId, userId }: Connection): string {
  return `${firmId} ${userId}`;
}
