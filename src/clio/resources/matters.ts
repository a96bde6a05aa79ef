import { z } from "zod";
import type { Matter, StaffMember } from "../../calls/matter.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioRequest } from "../client.ts";
import {
  type ClioAccess,
  type ListRequest,
  type Page,
  pageSchema,
  readAllPages,
  readPage,
} from "../paging.ts";

const PERMISSION = "Matters (read)";

/** The fields needed to reach a user. */
export const STAFF_FIELDS = "id,name,email,phone_number,enabled";
/** The fields needed to route a call or write a transfer rule. */
export const MATTER_FIELDS =
  "id,display_number,description,status,last_activity_date,updated_at," +
  `responsible_staff{${STAFF_FIELDS}},responsible_attorney{${STAFF_FIELDS}},originating_attorney{${STAFF_FIELDS}}`;

/** A user in a list or nested in a matter. Every field except `id` may be missing. */
export const StaffRecord = z
  .object({
    id: z.number().int(),
    name: z.string().nullish(),
    email: z.string().nullish(),
    phone_number: z.string().nullish(),
    enabled: z.boolean().nullish(),
  })
  .transform(
    (record): StaffMember => ({
      id: record.id,
      name: record.name ?? null,
      email: record.email ?? null,
      phoneNumber: record.phone_number ?? null,
      enabled: record.enabled ?? null,
    }),
  );

const MatterShape = z.object({
  id: z.number().int(),
  display_number: z.string().nullish(),
  description: z.string().nullish(),
  status: z.enum(["Open", "Pending", "Closed"]).nullish().catch(null),
  last_activity_date: z.string().nullish(),
  updated_at: z.string().nullish(),
  responsible_staff: StaffRecord.nullish(),
  responsible_attorney: StaffRecord.nullish(),
  originating_attorney: StaffRecord.nullish(),
});

function toMatter(record: z.infer<typeof MatterShape>): Matter {
  return {
    id: record.id,
    displayNumber: record.display_number ?? null,
    description: record.description ?? null,
    status: record.status ?? null,
    lastActivityDate: record.last_activity_date ?? null,
    updatedAt: record.updated_at ?? null,
    staff: {
      responsible_staff: record.responsible_staff ?? null,
      responsible_attorney: record.responsible_attorney ?? null,
      originating_attorney: record.originating_attorney ?? null,
    },
  };
}

const MatterRecord = MatterShape.transform(toMatter);

/** A matter with its client's ID, which is null where Clio hides the client. */
export const MatterOfClientRecord = MatterShape.extend({
  client: z.object({ id: z.number().int() }).nullish(),
}).transform((record) => ({ matter: toMatter(record), clientId: record.client?.id ?? null }));

/** Lists a client's matters, whatever their status, with the people on them. Throws as `ClioAccess.request` does. */
export function listClientMatters(
  clio: ClioAccess,
  clientId: number,
  context: RequestContext,
): Promise<Matter[]> {
  return readAllPages(clio, { ...LIST, params: { client_id: clientId, fields: MATTER_FIELDS } }, context);
}

/**
 * Lists matters by their IDs, with the people on them. Those that were deleted or that Clio hides are missing.
 * @param ids at most `MAX_IDS_PER_REQUEST`
 * Throws as `ClioAccess.request` does.
 */
export function listMattersById(
  clio: ClioAccess,
  ids: readonly number[],
  context: RequestContext,
): Promise<Matter[]> {
  return readAllPages(clio, { ...LIST, params: { ids, fields: MATTER_FIELDS } }, context);
}

/**
 * Lists the firm's open and pending matters, with the people on them. Throws as `ClioAccess.request` does.
 * @param onPage called after each page with the number of matters read so far, and the total if Clio gives one
 */
export function listLiveMatters(
  clio: ClioAccess,
  context: RequestContext,
  onPage: (read: number, total: number | null) => void,
): Promise<Matter[]> {
  return readAllPages(
    clio,
    { ...LIST, params: { status: "open,pending", fields: MATTER_FIELDS } },
    context,
    onPage,
  );
}

/** Lists the IDs of the firm's open and pending matters, as `listLiveMatters` lists the matters. */
export function listLiveMatterIds(
  clio: ClioAccess,
  context: RequestContext,
  onPage: (read: number, total: number | null) => void,
): Promise<number[]> {
  const { path, permission } = LIST;
  const params = { status: "open,pending", fields: "id" };
  return readAllPages(clio, { path, params, page: ID_PAGE, permission }, context, onPage);
}

/**
 * Lists the matters that changed after a moment, whatever their status. Throws as `ClioAccess.request` does.
 * @param since epoch milliseconds
 * @param maxCount if more have changed, none are read
 * @returns null if more have changed
 */
export async function listChangedMatters(
  clio: ClioAccess,
  since: number,
  maxCount: number,
  context: RequestContext,
): Promise<Matter[] | null> {
  const request = {
    ...LIST,
    params: { fields: MATTER_FIELDS, updated_since: new Date(since).toISOString() },
  };
  const changed: Matter[] = [];
  let next: string | null = null;
  do {
    const page: Page<Matter> = await readPage(clio, request, next, context);
    changed.push(...page.records);
    if (Math.max(page.total ?? 0, changed.length) > maxCount) return null;
    next = page.next;
  } while (next !== null);
  return changed;
}

const ID_PAGE = pageSchema(z.object({ id: z.number().int() }).transform(({ id }) => id));

const LIST: Omit<ListRequest<Matter>, "params"> = {
  path: "/api/v4/matters.json",
  page: pageSchema(MatterRecord),
  permission: PERMISSION,
};

/** For `MatterWithClientResponse`. */
export const MATTER_WITH_CLIENT_FIELDS = `${MATTER_FIELDS},client{id,name}`;

/** A matter with its client's name, which is null where Clio hides the client. */
export const MatterWithClientResponse = z.object({
  data: MatterShape.extend({ client: z.object({ name: z.string().nullish() }).nullish() }).transform(
    (record) => ({ matter: toMatter(record), clientName: record.client?.name ?? null }),
  ),
});
type MatterWithClientResponse = z.infer<typeof MatterWithClientResponse>;

/** The request for one matter, with the people on it and its client's name. */
export function matterRequest(id: number): ClioRequest<MatterWithClientResponse> {
  return {
    path: `/api/v4/matters/${id}.json`,
    params: { fields: MATTER_WITH_CLIENT_FIELDS },
    schema: MatterWithClientResponse,
    permission: PERMISSION,
  };
}
