import { type Firm, type FirmMatter, matter, PERMISSIONS, person, user } from "./firm.ts";

/**
 * Cases for testing pages and exports rather than calls: users with the same name, names that contain HTML or formulas,
 * and a user with restricted access.
 */
export const pageCases = {
  /** Two enabled users with the same name and different numbers, each with one open matter. */
  sameNameStaff: {
    name: "Robin Castellano",
    userIds: [362, 363],
    contactIds: [2512428560, 2512428561],
    matterIds: [1834640, 1834641],
  },
  /** A matter whose description is a script, which pages must escape. */
  scriptMatter: { contactId: 2512428562, matterId: 1834642, description: "<script>alert(1)</script>" },
  /** A client whose name, and therefore the matter's display number, a spreadsheet would run as a formula. */
  formulaContact: {
    contactId: 2512428563,
    matterId: 1834643,
    name: '=HYPERLINK("http://x.example","click")',
  },
  /** A user with HTML in the name. */
  markupStaff: { userId: 365, name: "Max <b>Strong</b>", matterId: 1834643 },
  /** A user whose name, and a matter whose description, a spreadsheet would run as a formula. */
  formulaStaff: {
    userId: 366,
    name: "=SUM(1;2) Kemp",
    contactId: 2512428564,
    matterId: 1834644,
    description: "@SUM(1+1)*cmd|' /C calc'!A0",
  },
  /** A client whose three live matters have different responsible staff. */
  threePeople: {
    contactId: 2512428565,
    phone: "+14155550124",
    lastFour: "0124",
    matterIds: [1834645, 1834646, 1834647],
    responsibleStaffIds: [354, 356, 350],
  },
  /** A contact without a matter. */
  contactWithoutMatter: { contactId: 2512428566, phone: "+14155550125", lastFour: "0125" },
  /** Can't see the contacts Jane Doe and Victor Lang, or any documents and folders. */
  bookkeeper: { userId: 364, hiddenContactIds: [2512428500, 2512428515], lacks: "documents" },
} as const;

/** Adds these cases to a firm with the example firm's users. */
export function addPageCases(firm: Firm): void {
  const cases = pageCases;

  function addMatter(
    id: number,
    number: number,
    client: Firm["contacts"][number],
    description: string,
    more: Partial<FirmMatter>,
  ): void {
    firm.matters.push(matter(id, number, client, description, { responsible_attorney_id: 352, ...more }));
  }

  const [oneRobin, otherRobin] = cases.sameNameStaff.userIds;
  firm.users.push(
    user(oneRobin, cases.sameNameStaff.name, { phone_number: "(628) 555-0172" }),
    user(otherRobin, cases.sameNameStaff.name, {
      phone_number: "(628) 555-0173",
      email: "robin.castellano.2@hollisvance.example",
    }),
    user(cases.bookkeeper.userId, "Paula Renwick", {
      phone_number: "(628) 555-0174",
      roles: ["accounts"],
      permissions: new Set(PERMISSIONS.filter((permission) => permission !== cases.bookkeeper.lacks)),
      hiddenContacts: new Set(cases.bookkeeper.hiddenContactIds),
    }),
    user(cases.markupStaff.userId, cases.markupStaff.name, {
      phone_number: "(628) 555-0175",
      email: "max.strong@hollisvance.example",
    }),
    user(cases.formulaStaff.userId, cases.formulaStaff.name, {
      phone_number: "(628) 555-0176",
      email: "kemp@hollisvance.example",
    }),
  );

  const [oneClient, otherClient] = cases.sameNameStaff.contactIds;
  const delia = person(oneClient, "Delia Frost");
  const hugo = person(otherClient, "Hugo Lindgren");
  const [deliasMatter, hugosMatter] = cases.sameNameStaff.matterIds;
  addMatter(deliasMatter, 80, delia, "Frost boundary dispute", { responsible_staff_id: oneRobin });
  addMatter(hugosMatter, 81, hugo, "Lindgren green card", { responsible_staff_id: otherRobin });

  const { scriptMatter, formulaContact, formulaStaff, threePeople, contactWithoutMatter } = cases;
  const ines = person(scriptMatter.contactId, "Ines Calloway");
  addMatter(scriptMatter.matterId, 82, ines, scriptMatter.description, { responsible_staff_id: 350 });

  const formula = person(formulaContact.contactId, formulaContact.name, {
    more: { first_name: null, last_name: formulaContact.name },
  });
  addMatter(formulaContact.matterId, 83, formula, "Vendor dispute", {
    responsible_staff_id: cases.markupStaff.userId,
  });

  const bram = person(formulaStaff.contactId, "Bram Osei");
  addMatter(formulaStaff.matterId, 84, bram, formulaStaff.description, {
    responsible_staff_id: formulaStaff.userId,
  });

  const rosalind = person(threePeople.contactId, "Rosalind Achebe", { phones: ["(415) 555-0124"] });
  const [merger, lease, audit] = threePeople.matterIds;
  const [mergerStaff, leaseStaff, auditStaff] = threePeople.responsibleStaffIds;
  addMatter(merger, 85, rosalind, "Achebe merger", { responsible_staff_id: mergerStaff });
  addMatter(lease, 86, rosalind, "Achebe office lease", {
    responsible_staff_id: leaseStaff,
    last_activity_date: "2026-04-02",
  });
  addMatter(audit, 87, rosalind, "Achebe audit", {
    status: "Pending",
    pending_date: "2026-02-01",
    responsible_staff_id: auditStaff,
  });

  const emil = person(contactWithoutMatter.contactId, "Emil Novak", {
    phones: ["(415) 555-0125"],
    more: { is_client: false },
  });
  firm.contacts.push(delia, hugo, ines, formula, bram, rosalind, emil);
}
