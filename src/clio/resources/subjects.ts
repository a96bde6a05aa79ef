import { z } from "zod";
import type { Matter } from "../../calls/matter.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioRequest } from "../client.ts";
import type { ClioAccess } from "../paging.ts";
import { type Subject, type SubjectType, subjectPath } from "../subject-types.ts";
import {
  listClientMatters,
  MATTER_WITH_CLIENT_FIELDS,
  MatterWithClientResponse,
  matterRequest,
} from "./matters.ts";

/** The matters linked to a record. */
export interface SubjectMatters {
  /** The record's display name: `00042-Doe`, `Jane Doe`, a document's name; null if it has none. */
  readonly label: string | null;
  /** The record's own matter, or all matters of a contact. */
  readonly matters: readonly Matter[];
  /** Whether `matters` are those of a contact rather than the one matter the record belongs to. */
  readonly ofContact: boolean;
  /** The client of every one of the matters; null where Clio hides the name. */
  readonly clientName: string | null;
}

/** Far more folder levels than firms use, so that a longer chain can't spend Clio's rate limit. */
const MAX_PARENTS = 10;

const Link = z.object({ id: z.number().int() }).nullish();
const NamedLink = z.object({ id: z.number().int(), name: z.string().nullish() }).nullish();

const ActivityResponse = z.object({ data: z.object({ matter: Link }) });
const ContactResponse = z.object({ data: z.object({ id: z.number().int(), name: z.string().nullish() }) });
/** A document or folder: both belong to a matter, a contact or another folder. */
const FiledResponse = z.object({
  data: z.object({ name: z.string().nullish(), matter: Link, contact: NamedLink, parent: Link }),
});
type Filed = z.infer<typeof FiledResponse>["data"];

/** The permission needed to read each kind of record, as Clio's developer portal names it. */
export const SUBJECT_PERMISSIONS: Record<SubjectType, string> = {
  activities: "Activities (read)",
  contacts: "Contacts (read)",
  documents: "Documents (read)",
  folders: "Documents (read)",
  matters: "Matters (read)",
};

type MattersOfSubject = Omit<SubjectMatters, "label">;

const NO_MATTERS: MattersOfSubject = { matters: [], ofContact: false, clientName: null };

/** Proof that a user clicked a custom action. */
export interface ClickProof {
  /** Works once, within 60 seconds, with that user's token (docs/explanation/how-clio-behaves.md, "Nonces"). */
  readonly nonce: string;
  /** How many of the user's requests to Clio to leave to others. Applies until Clio has accepted the nonce. */
  readonly reservedRequests: number;
  /** Called once Clio has accepted the nonce. */
  accepted(): Promise<void>;
}

/**
 * Finds the matters linked to a record (docs/explanation/how-clio-behaves.md, "Records and their matters").
 * @param proof sent with the first request; nothing else is requested until Clio has accepted it. Null if the click has
 *   already been verified.
 * Throws as `ClioAccess.request` does. A `ClioPermissionError` before the proof is accepted can also mean that Clio
 * rejected the nonce.
 */
export async function mattersOfSubject(
  clio: ClioAccess,
  subject: Subject,
  proof: ClickProof | null,
  context: RequestContext,
): Promise<SubjectMatters> {
  async function readSubject<T>(fields: string, schema: z.ZodType<T>): Promise<T> {
    if (!proof) return clio.request(subjectRequest(subject, fields, null, schema), context);
    const { nonce, reservedRequests } = proof;
    const unconfirmed = context.fork(context.remaining(), { reservedRequests });
    try {
      const record = await clio.request(subjectRequest(subject, fields, nonce, schema), unconfirmed);
      await proof.accepted();
      return record;
    } finally {
      unconfirmed.close();
    }
  }

  switch (subject.type) {
    case "matters": {
      const { data } = await readSubject(MATTER_WITH_CLIENT_FIELDS, MatterWithClientResponse);
      return { label: data.matter.displayNumber, ...ofMatter(data) };
    }
    case "contacts": {
      const { data: contact } = await readSubject("id,name", ContactResponse);
      const matters = await listClientMatters(clio, contact.id, context);
      const name = contact.name ?? null;
      return { label: name, matters, ofContact: true, clientName: name };
    }
    case "activities": {
      const { data: activity } = await readSubject("id,matter{id}", ActivityResponse);
      if (!activity.matter) return { label: null, ...NO_MATTERS };
      return { label: null, ...(await getMatter(clio, activity.matter.id, context)) };
    }
    case "documents":
    case "folders": {
      const { data: filed } = await readSubject(FILED_FIELDS, FiledResponse);
      return { label: filed.name ?? null, ...(await mattersOfFiled(clio, filed, context)) };
    }
  }
}

const FILED_FIELDS = "id,name,matter{id},contact{id,name},parent{id}";

async function mattersOfFiled(
  clio: ClioAccess,
  filed: Filed,
  context: RequestContext,
): Promise<MattersOfSubject> {
  let current = filed;
  for (let parents = 0; ; parents += 1) {
    const { matter, contact, parent } = current;
    if (matter) return getMatter(clio, matter.id, context);
    if (contact) {
      const matters = await listClientMatters(clio, contact.id, context);
      return { matters, ofContact: true, clientName: contact.name ?? null };
    }
    if (!parent || parents === MAX_PARENTS) return NO_MATTERS;
    const folder: Subject = { type: "folders", id: parent.id };
    current = (await clio.request(subjectRequest(folder, FILED_FIELDS, null, FiledResponse), context)).data;
  }
}

async function getMatter(clio: ClioAccess, id: number, context: RequestContext): Promise<MattersOfSubject> {
  return ofMatter((await clio.request(matterRequest(id), context)).data);
}

function ofMatter({ matter, clientName }: { matter: Matter; clientName: string | null }): MattersOfSubject {
  return { matters: [matter], ofContact: false, clientName };
}

function subjectRequest<T>(
  subject: Subject,
  fields: string,
  nonce: string | null,
  schema: z.ZodType<T>,
): ClioRequest<T> {
  return {
    path: `${subjectPath(subject)}.json`,
    params: { fields, ...(nonce !== null && { custom_action_nonce: nonce }) },
    noRetry: nonce !== null,
    schema,
    permission: SUBJECT_PERMISSIONS[subject.type],
  };
}
