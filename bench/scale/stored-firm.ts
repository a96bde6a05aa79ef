import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";
import type { Contact } from "../../src/calls/contact.ts";
import type { RecordKind } from "../../src/calls/firm-record.ts";
import { withNormalizedNumbers } from "../../src/calls/matching/normalized-numbers.ts";
import { contactTerms } from "../../src/calls/matching/search-terms.ts";
import type { StaffMember } from "../../src/calls/matter.ts";
import { mirrorFormatVersion } from "../../src/mirror/format-version.ts";
import type { MirrorRecord } from "../../src/store/repositories/mirror-record-encryption.ts";
import type { Store } from "../../src/store/store.ts";

export const COUNTRY = "US";

const BATCH_RECORDS = 200;

/** Puts a firm with a complete mirror into a store, as if it had been read from Clio. Resolves with the firm's ID. */
export async function storeFirm(store: Store, { firm }: GeneratedFirm): Promise<string> {
  const userId = firm.users[0]?.id ?? 0;
  const admitted = { region: "us", accountId: firm.account.id, name: firm.account.name } as const;
  await store.firms.admit(admitted, { onlyFirst: false });
  const firmId = `us-${firm.account.id}`;
  const hour = Date.now() + 3_600_000;
  const token = { accessToken: "access", refreshToken: "refresh", obtainedAt: Date.now(), expiresAt: hour };
  await store.connections.save({ firmId, userId, userName: "User", userEmail: "user@firm.example", token });

  const { id } = await store.mirrors.create(
    firmId,
    userId,
    mirrorFormatVersion({ defaultCountry: COUNTRY, relatedCallers: true }),
  );
  const [contacts, matters] = [firm.contacts.length, firm.matters.length];
  await store.mirrors.startFullSync(id, { contacts, matters });
  const staff = new Map(firm.users.map((user) => [user.id, toStaffMember(user)]));
  const write = (kind: RecordKind, records: MirrorRecord[]) => putInBatches(store, id, kind, records);
  await write(
    "user",
    Array.from(staff.values(), (content) => ({ kind: "user", content, clientId: null, terms: [] })),
  );
  await write(
    "contact",
    firm.contacts.map((record) => {
      const content = withNormalizedNumbers(toContact(record), COUNTRY);
      return { kind: "contact", content, clientId: null, terms: contactTerms(content, COUNTRY) };
    }),
  );
  await write(
    "matter",
    firm.matters.map((record) => ({
      kind: "matter",
      content: {
        id: record.id,
        displayNumber: record.display_number,
        description: record.description,
        status: record.status,
        lastActivityDate: record.last_activity_date,
        updatedAt: record.updated_at,
        staff: {
          responsible_staff: staff.get(record.responsible_staff_id ?? 0) ?? null,
          responsible_attorney: staff.get(record.responsible_attorney_id ?? 0) ?? null,
          originating_attorney: staff.get(record.originating_attorney_id ?? 0) ?? null,
        },
      },
      clientId: record.client_id,
      terms: [],
    })),
  );
  await store.mirrors.completeFullSync(id);
  return firmId;
}

async function putInBatches(
  store: Store,
  mirrorId: number,
  kind: RecordKind,
  records: readonly MirrorRecord[],
): Promise<void> {
  for (let at = 0; at < records.length; at += BATCH_RECORDS)
    await store.mirrorRecords.put(mirrorId, kind, records.slice(at, at + BATCH_RECORDS), "no-deletions");
}

function toStaffMember(user: GeneratedFirm["firm"]["users"][number]): StaffMember {
  const { id, name, email, phone_number: phoneNumber, enabled } = user;
  return { id, name, email, phoneNumber, enabled };
}

function toContact(record: GeneratedFirm["firm"]["contacts"][number]): Contact {
  return {
    id: record.id,
    name: record.name,
    firstName: record.first_name,
    lastName: record.last_name,
    type: record.type,
    isClient: record.is_client,
    phoneNumbers: record.phone_numbers.map(({ number }) => number),
  };
}
