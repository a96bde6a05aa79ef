import { z } from "zod";
import type { Budget } from "../budget.ts";
import type { Matter, StaffMember } from "../calls/matter.ts";
import { allPages, type ClioReader } from "./pages.ts";

const PERSON = "{id,name,email,phone_number,enabled}";
const FIELDS =
  "id,display_number,description,status,last_activity_date,updated_at," +
  `responsible_staff${PERSON},responsible_attorney${PERSON},originating_attorney${PERSON}`;

/** A user as Clio nests it in a matter: everything but the id may be absent or redacted. */
const StaffRecord = z
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

const MatterRecord = z
  .object({
    id: z.number().int(),
    display_number: z.string().nullish(),
    description: z.string().nullish(),
    status: z.enum(["Open", "Pending", "Closed"]).nullish().catch(null),
    last_activity_date: z.string().nullish(),
    updated_at: z.string().nullish(),
    responsible_staff: StaffRecord.nullish(),
    responsible_attorney: StaffRecord.nullish(),
    originating_attorney: StaffRecord.nullish(),
  })
  .transform(
    (record): Matter => ({
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
    }),
  );

/** Every matter of one client, in whatever state, with the people who stand on it. */
export function mattersOfClient(clio: ClioReader, clientId: number, budget: Budget): Promise<Matter[]> {
  return allPages(
    clio,
    {
      path: "/api/v4/matters.json",
      params: { client_id: clientId, fields: FIELDS },
      record: MatterRecord,
      permission: "Matters (read)",
    },
    budget,
  );
}
