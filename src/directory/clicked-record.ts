import type { FirmAbsences } from "../absences/absence-cache.ts";
import { absencesAt } from "../calls/absence.ts";
import type { CallRules } from "../calls/call-rules.ts";
import type { StaffMember } from "../calls/matter.ts";
import { buildPreview, type TransferPreview } from "../calls/transfer/preview.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { REQUESTS_RESERVED_FROM_CLICKS } from "../clio/rate-limits.ts";
import {
  type ClickProof,
  mattersOfSubject,
  SUBJECT_PERMISSIONS,
  type SubjectMatters,
} from "../clio/resources/subjects.ts";
import type { Subject } from "../clio/subject-types.ts";
import { ClioPermissionError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";

/** A record clicked in Clio, and who takes its calls, as the user who clicked may see it in Clio. */
export interface ClickedRecord {
  readonly found: SubjectMatters;
  readonly preview: TransferPreview;
}

/** Proof of a click that Clio hasn't confirmed yet. */
export interface UnconfirmedClick extends Pick<ClickProof, "nonce" | "accepted"> {
  /** Whether anyone could have sent the click. It then leaves more of the user's requests to others. */
  readonly isForgeable: boolean;
}

/** Clio refused the click's nonce or access to the record; its response doesn't say which. */
export class ClickRefusedError extends Error {
  override readonly name = "ClickRefusedError";
  /** The permission that may be missing, as Clio's developer portal calls it. */
  readonly permission: string;

  constructor(permission: string, cause: unknown) {
    super("Clio refused the click", { cause });
    this.permission = permission;
  }
}

/**
 * Verifies a click with Clio, then reads the matters of the record and previews their transfer rules.
 * @param clio as the user who clicked sees it
 * @param readUsers reads the users of the firm, disabled ones included
 * @param proof null if the click was verified before
 * @param namesClient whether texts that could identify a client may be returned: only to the user who clicked
 * Throws `ClickRefusedError`, otherwise as `ClioAccess` and `readUsers` do.
 */
export async function readClickedRecord(
  {
    clio,
    readUsers,
    rules,
    absences,
    now,
  }: {
    clio: ClioAccess;
    readUsers: () => Promise<readonly StaffMember[]>;
    rules: Pick<CallRules, "staffRoles" | "defaultCountry">;
    absences: FirmAbsences;
    /** Milliseconds since 1970. */
    now: number;
  },
  subject: Subject,
  { proof, namesClient }: { proof: UnconfirmedClick | null; namesClient: boolean },
  context: RequestContext,
): Promise<ClickedRecord> {
  const verified = await verifiedMatters(clio, subject, proof, context);
  const found = namesClient ? verified : withoutNames(verified);
  const everyone = found.matters.length > 0 ? await readUsers() : [];
  const colleagues = everyone.filter(({ enabled }) => enabled !== false);
  const users = new Map(colleagues.map((user) => [user.id, user]));
  const absencesNow = absencesAt(now, {
    periods: absences.periods,
    findUser: (id) => users.get(id) ?? null,
    formatTime: absences.timeZone.format,
  });
  const { staffRoles, defaultCountry: country } = rules;
  const preview = buildPreview(found.matters, staffRoles, { colleagues, country, absences: absencesNow });
  return { found, preview };
}

/** Removes the texts before anything is made of them, so that no sentence or rule can contain one. */
function withoutNames({ matters, ofContact }: SubjectMatters): SubjectMatters {
  const unnamed = matters.map((matter) => ({ ...matter, displayNumber: null, description: null }));
  return { label: null, matters: unnamed, ofContact, clientName: null };
}

async function verifiedMatters(
  clio: ClioAccess,
  subject: Subject,
  proof: UnconfirmedClick | null,
  context: RequestContext,
): Promise<SubjectMatters> {
  let isVerified = proof === null;
  const watchedProof = proof && {
    nonce: proof.nonce,
    reservedRequests: proof.isForgeable ? REQUESTS_RESERVED_FROM_CLICKS : 0,
    async accepted() {
      isVerified = true;
      await proof.accepted();
    },
  };
  try {
    return await mattersOfSubject(clio, subject, watchedProof, context);
  } catch (error) {
    // After the click is verified, the same error can only mean a missing permission.
    if (isVerified || !(error instanceof ClioPermissionError)) throw error;
    throw new ClickRefusedError(SUBJECT_PERMISSIONS[subject.type], error);
  }
}
