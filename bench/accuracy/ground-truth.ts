/**
 * Who should take a call, worked out from the records of the generated firm. Uses nothing of `src/calls`, so that the rules
 * are not measured against themselves.
 */
import type { Firm, FirmContact, FirmMatter } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";

export interface GroundTruth {
  /** The user who takes calls for the contact's likeliest matter; null when there is none. */
  ownPerson(contact: FirmContact): number | null;
  /**
   * The user who takes calls from a shared number (docs/explanation/who-is-found.md#shared-numbers); null for no one,
   * undefined when the rules leave it open.
   */
  sharedNumberPerson(e164: string): number | null | undefined;
  /** The contacts who may call from the number. */
  owners(e164: string): readonly FirmContact[];
}

const STATUS_ORDER = { Open: 0, Pending: 1, Closed: 2 } as const;

export function groundTruthOf({ firm, lines }: GeneratedFirm): GroundTruth {
  const enabled = new Set(firm.users.filter((user) => user.enabled).map(({ id }) => id));
  const matters = Map.groupBy(firm.matters, (matter) => matter.client_id);
  const owners = ownersOf(firm, lines);

  const ownPerson = ({ id }: FirmContact): number | null => {
    for (const matter of (matters.get(id) ?? []).toSorted(likeliestFirst))
      for (const user of [matter.responsible_staff_id, matter.responsible_attorney_id])
        if (user !== null && enabled.has(user)) return user;
    return null;
  };
  const hasLive = ({ id }: FirmContact) => (matters.get(id) ?? []).some(({ status }) => status !== "Closed");

  return {
    ownPerson,
    owners: (e164) => owners.get(e164) ?? [],
    sharedNumberPerson(e164) {
      let left = owners.get(e164) ?? [];
      for (const preferred of [
        left.filter((contact) => contact.is_client),
        left.filter((contact) => contact.is_client && hasLive(contact)),
      ])
        if (preferred.length > 0) left = preferred;
      const companies = left.filter(({ type }) => type === "Company");
      if (companies.length > 0) left = companies;
      const [first, ...others] = left.map(ownPerson);
      return others.every((user) => user === first) ? first : undefined;
    },
  };
}

/** The order in which a contact's matters count. */
export function likeliestFirst(one: FirmMatter, other: FirmMatter): number {
  const day = (matter: FirmMatter) => Date.parse(matter.last_activity_date ?? "0001-01-01");
  return (
    STATUS_ORDER[one.status] - STATUS_ORDER[other.status] ||
    day(other) - day(one) ||
    Date.parse(other.updated_at) - Date.parse(one.updated_at) ||
    other.id - one.id
  );
}

function ownersOf(firm: Firm, lines: GeneratedFirm["lines"]): Map<string, FirmContact[]> {
  const owners = new Map<string, FirmContact[]>();
  for (const contact of firm.contacts)
    for (const { e164 } of lines.get(contact.id) ?? []) {
      const known = owners.get(e164);
      if (known) known.push(contact);
      else owners.set(e164, [contact]);
    }
  return owners;
}
