import { z } from "zod";
import type { StaffMember } from "../../calls/matter.ts";
import { NotFoundError } from "../../errors.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, type Page, pageSchema, readAllPages, readPage } from "../paging.ts";
import { STAFF_FIELDS, StaffRecord } from "./matters.ts";

const UserRecord = z
  .object({
    id: z.number().int(),
    name: z.string().nullish(),
    enabled: z.boolean().nullish(),
    time_zone: z.string().nullish(),
    default_calendar_id: z.number().int().nullish(),
  })
  .transform(({ id, name, enabled, time_zone, default_calendar_id }) => ({
    id,
    name: name ?? null,
    enabled: enabled ?? null,
    /** As Clio writes it, usually an IANA name. */
    timeZone: time_zone ?? null,
    /** The user's own calendar. */
    defaultCalendarId: default_calendar_id ?? null,
  }));

const UserPage = pageSchema(UserRecord);
const StaffPage = pageSchema(StaffRecord);
const StaffWithCalendarPage = pageSchema(z.intersection(StaffRecord, UserRecord));

/** Clio's maximum for users (docs/explanation/how-clio-behaves.md, "Paging"). */
const MAX_USERS_PER_PAGE = 2000;

/** A user of the firm in Clio. */
export type FirmUser = z.infer<typeof UserRecord>;

/** Lists the firm's users in Clio, including disabled ones. Throws as `ClioAccess.request` does. */
export function listUsers(clio: ClioAccess, context: RequestContext): Promise<FirmUser[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/users.json",
      params: { fields: "id,name,enabled,time_zone,default_calendar_id" },
      page: UserPage,
      permission: "Users (read)",
    },
    context,
  );
}

/** Lists the firm's users in Clio with what is needed to reach them. Throws as `ClioAccess.request` does. */
export function listStaff(clio: ClioAccess, context: RequestContext): Promise<StaffMember[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/users.json",
      params: { fields: STAFF_FIELDS },
      page: StaffPage,
      permission: "Users (read)",
      pageSize: MAX_USERS_PER_PAGE,
    },
    context,
  );
}

/**
 * Reads the first page of the firm's users, with what is needed to reach them and with their calendars. Throws as
 * `ClioAccess.request` does.
 */
export function readStaffWithCalendars(
  clio: ClioAccess,
  context: RequestContext,
): Promise<Page<StaffMember & FirmUser>> {
  return readPage(
    clio,
    {
      path: "/api/v4/users.json",
      params: { fields: `${STAFF_FIELDS},time_zone,default_calendar_id` },
      page: StaffWithCalendarPage,
      permission: "Users (read)",
      pageSize: MAX_USERS_PER_PAGE,
    },
    null,
    context,
  );
}

/** Returns a user's name; null if the connected user can't see it. Throws as `ClioAccess.request` does. */
export async function getUserName(
  clio: ClioAccess,
  id: number,
  context: RequestContext,
): Promise<string | null> {
  const { data } = await clio.request(
    {
      path: `/api/v4/users/${id}.json`,
      params: { fields: "id,name,enabled" },
      schema: z.object({ data: UserRecord }),
      permission: "Users (read)",
    },
    context,
  );
  return data.name;
}

/** Reads a user with what is needed to transfer to them; null if Clio has no such user. Throws as `ClioAccess.request` does. */
export async function findStaffMember(
  clio: ClioAccess,
  id: number,
  context: RequestContext,
): Promise<StaffMember | null> {
  try {
    const { data } = await clio.request(
      {
        path: `/api/v4/users/${id}.json`,
        params: { fields: STAFF_FIELDS },
        schema: StaffMemberResponse,
        permission: "Users (read)",
      },
      context,
    );
    return data;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return null;
  }
}

const StaffMemberResponse = z.object({ data: StaffRecord });
