import { z } from "zod";
import type { Matter, StaffMember } from "../../calls/matter.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioRequest } from "../client.ts";
import { type ClioAccess, type ListRequest, pageSchema, readAllPages } from "../paging.ts";

const PERMISSION = "Matters (read)";

/** Everything of a user that reaching them takes. */
export const STAFF_FIELDS = "id,name,email,phone_number,enabled";
/** Everything of a matter that deciding about a call, or a transfer rule, takes. */
export const MATTER_FIELDS =
  "id,display_number,description,status,last_activity_date,updated_at," +
  `responsible_staff{${STAFF_FIELDS}},responsible_attorney{${STAFF_FIELDS}},originating_attorney{${STAFF_FIELDS}}`;

/** A user, as Clio lists them and as it nests them in a matter: everything but the id may be absent or redacted. */
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

export const MatterRecord = MatterShape.transform(toMatter);

/** A matter and its client, who is null where Clio hides them. */
export const MatterOfClientRecord = MatterShape.extend({
  client: z.object({ id: z.number().int() }).nullish(),
}).transform((record) => ({ matter: toMatter(record), clientId: record.client?.id ?? null }));

/** Every matter of one client, in whatever state, with the people who stand on it. */
export function mattersOfClient(
  clio: ClioAccess,
  clientId: number,
  context: RequestContext,
): Promise<Matter[]> {
  return readAllPages(clio, { ...list, params: { client_id: clientId, fields: MATTER_FIELDS } }, context);
}

/**
 * The firm's open and pending matters, with the people who stand on them.
 * @param onPage told after each page how many matters there are so far, and how many in all where Clio says so
 */
export function liveMatters(
  clio: ClioAccess,
  context: RequestContext,
  onPage: (read: number, total: number | null) => void,
): Promise<Matter[]> {
  return readAllPages(
    clio,
    { ...list, params: { status: "open,pending", fields: MATTER_FIELDS } },
    context,
    onPage,
  );
}

const list: Omit<ListRequest<Matter>, "params"> = {
  path: "/api/v4/matters.json",
  page: pageSchema(MatterRecord),
  permission: PERMISSION,
};

const MatterAnswer = z.object({ data: MatterRecord });

/** One matter, with the people who stand on it. */
export function matterRequest(id: number): ClioRequest<{ data: Matter }> {
  return {
    path: `/api/v4/matters/${id}.json`,
    params: { fields: MATTER_FIELDS },
    schema: MatterAnswer,
    permission: PERMISSION,
  };
}
