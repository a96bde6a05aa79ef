/**
 * Who ought to take a call, worked out from the records of the invented firm alone. Nothing of `src/calls` is used:
 * what is measured must not measure itself.
 */
import type { Firm, FirmContact, FirmMatter } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";

export interface Truth {
  /** The user who answers for the contact's own best matter; null when nobody does. */
  own(contact: FirmContact): number | null;
  /**
   * For a number that several contacts have: the user who takes its calls by the contract's rules of a shared
   * number, null for nobody, undefined when the rules leave it open.
   */
  ofSharedLine(e164: string): number | null | undefined;
  /** The contacts who can call from the number. */
  owners(e164: string): readonly FirmContact[];
}

const RANK = { Open: 0, Pending: 1, Closed: 2 } as const;

export function truthOf({ firm, lines }: GeneratedFirm): Truth {
  const enabled = new Set(firm.users.filter((user) => user.enabled).map(({ id }) => id));
  const matters = Map.groupBy(firm.matters, (matter) => matter.client_id);
  const owners = ownersOf(firm, lines);

  const own = ({ id }: FirmContact): number | null => {
    for (const matter of (matters.get(id) ?? []).toSorted(bestFirst))
      for (const user of [matter.responsible_staff_id, matter.responsible_attorney_id])
        if (user !== null && enabled.has(user)) return user;
    return null;
  };
  const hasLive = ({ id }: FirmContact) => (matters.get(id) ?? []).some(({ status }) => status !== "Closed");

  return {
    own,
    owners: (e164) => owners.get(e164) ?? [],
    ofSharedLine(e164) {
      let left = owners.get(e164) ?? [];
      for (const preferred of [
        left.filter((contact) => contact.is_client),
        left.filter((contact) => contact.is_client && hasLive(contact)),
      ])
        if (preferred.length > 0) left = preferred;
      const companies = left.filter(({ type }) => type === "Company");
      if (companies.length > 0) left = companies;
      const [first, ...others] = left.map(own);
      return others.every((user) => user === first) ? first : undefined;
    },
  };
}

function bestFirst(one: FirmMatter, other: FirmMatter): number {
  const day = (matter: FirmMatter) => Date.parse(matter.last_activity_date ?? "0001-01-01");
  return (
    RANK[one.status] - RANK[other.status] ||
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
