import { z } from "zod";
import type { Matter } from "../../calls/matter.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioRequest } from "../client.ts";
import type { ClioAccess } from "../paging.ts";
import { type Subject, type SubjectType, subjectPath } from "../subject-types.ts";
import { MATTER_FIELDS, MatterRecord, matterRequest, mattersOfClient } from "./matters.ts";

/** What a record leads to. */
export interface SubjectMatters {
  /** What a person calls the record: `00042-Doe`, `Jane Doe`, a document's name; null where it has none. */
  readonly label: string | null;
  /** The matters it leads to: one, or all of a contact's. */
  readonly matters: readonly Matter[];
  /** Whether these are all matters of a contact, rather than the one that the record belongs to. */
  readonly ofContact: boolean;
}

/** A document three folders down is common; a chain longer than this leads nowhere on purpose. */
const MAX_PARENTS = 10;

const Link = z.object({ id: z.number().int() }).nullish();

const ActivityAnswer = z.object({ data: z.object({ matter: Link }) });
const ContactAnswer = z.object({ data: z.object({ id: z.number().int(), name: z.string().nullish() }) });
/** A document, or a folder: both belong to a matter, a contact or another folder. */
const FiledAnswer = z.object({
  data: z.object({ name: z.string().nullish(), matter: Link, contact: Link, parent: Link }),
});
type Filed = z.infer<typeof FiledAnswer>["data"];

/** The permission without which Clio shows no such record, in the words of its developer portal. */
export const SUBJECT_PERMISSIONS: Record<SubjectType, string> = {
  activities: "Activities (read)",
  contacts: "Contacts (read)",
  documents: "Documents (read)",
  folders: "Documents (read)",
  matters: "Matters (read)",
};

/** What proves that a user clicked a record. */
export interface ClickProof {
  /** Clio takes it once, within 60 seconds, and from that user's token alone (clio-facts, Custom actions). */
  readonly nonce: string;
  /** Told as soon as Clio has taken it. */
  accepted(): Promise<void>;
}

/**
 * The matters that a record leads to (clio-facts, "Who a record leads to"): a matter to itself, a contact to its matters,
 * an activity to its matter, a document or folder to its matter, else its contact, else what the folder above leads to.
 * @param proof goes with the first request, which is sent once, and only when Clio has taken it is anything else asked;
 *   null when the click was proven before
 * Throws as `ClioAccess.ask` does; `ClioPermission` before the proof is accepted can also mean that Clio refuses it.
 */
export async function mattersOfSubject(
  clio: ClioAccess,
  subject: Subject,
  proof: ClickProof | null,
  context: RequestContext,
): Promise<SubjectMatters> {
  async function ask<T>(fields: string, answer: z.ZodType<T>): Promise<T> {
    const record = await clio.request(subjectRequest(subject, fields, proof?.nonce ?? null, answer), context);
    await proof?.accepted();
    return record;
  }

  switch (subject.type) {
    case "matters": {
      const { data: matter } = await ask(MATTER_FIELDS, z.object({ data: MatterRecord }));
      return { label: matter.displayNumber, matters: [matter], ofContact: false };
    }
    case "contacts": {
      const { data: contact } = await ask("id,name", ContactAnswer);
      const matters = await mattersOfClient(clio, contact.id, context);
      return { label: contact.name ?? null, matters, ofContact: true };
    }
    case "activities": {
      const { data: activity } = await ask("id,matter{id}", ActivityAnswer);
      const matters = activity.matter ? [await matterById(clio, activity.matter.id, context)] : [];
      return { label: null, matters, ofContact: false };
    }
    case "documents":
    case "folders": {
      const { data: filed } = await ask(FILED_FIELDS, FiledAnswer);
      return { label: filed.name ?? null, ...(await mattersOfFiled(clio, filed, context)) };
    }
  }
}

const FILED_FIELDS = "id,name,matter{id},contact{id},parent{id}";

async function mattersOfFiled(
  clio: ClioAccess,
  filed: Filed,
  context: RequestContext,
): Promise<Omit<SubjectMatters, "label">> {
  let current = filed;
  for (let parents = 0; ; parents += 1) {
    const { matter, contact, parent } = current;
    if (matter) return { matters: [await matterById(clio, matter.id, context)], ofContact: false };
    if (contact) return { matters: await mattersOfClient(clio, contact.id, context), ofContact: true };
    if (!parent || parents === MAX_PARENTS) return { matters: [], ofContact: false };
    const above: Subject = { type: "folders", id: parent.id };
    current = (await clio.request(subjectRequest(above, FILED_FIELDS, null, FiledAnswer), context)).data;
  }
}

async function matterById(clio: ClioAccess, id: number, context: RequestContext): Promise<Matter> {
  return (await clio.request(matterRequest(id), context)).data;
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
