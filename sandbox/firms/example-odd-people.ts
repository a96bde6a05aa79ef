import { type Firm, type FirmMatter, matter, PERMISSIONS, person, user } from "./firm.ts";

/**
 * The cases that the pages are tried on rather than the phone: people who cannot be told apart, names that
 * are code to somebody, a user who may see less than the others.
 */
export const oddPeopleCases = {
  /** Two enabled staff of the very same name, with different numbers, each on one open matter. */
  sameNameStaff: {
    name: "Robin Castellano",
    userIds: [362, 363],
    contactIds: [2512428560, 2512428561],
    matterIds: [1834640, 1834641],
  },
  /** A matter whose description is a script, for whoever forgets to escape it. */
  scriptMatter: { contactId: 2512428562, matterId: 1834642, description: "<script>alert(1)</script>" },
  /** A client whose name, and so the matter's display number, a spreadsheet takes for a formula. */
  formulaContact: {
    contactId: 2512428563,
    matterId: 1834643,
    name: '=HYPERLINK("http://x.example","click")',
  },
  /** Staff with markup in the name. */
  markupStaff: { userId: 365, name: "Max <b>Strong</b>", matterId: 1834643 },
  /** Staff whose name, and a matter whose description, a spreadsheet takes for a formula. */
  formulaStaff: {
    userId: 366,
    name: "=SUM(1;2) Kemp",
    contactId: 2512428564,
    matterId: 1834644,
    description: "@SUM(1+1)*cmd|' /C calc'!A0",
  },
  /** One client whose live matters lead to three different people. */
  threePeople: {
    contactId: 2512428565,
    phone: "+14155550124",
    lastFour: "0124",
    matterIds: [1834645, 1834646, 1834647],
    responsibleStaffIds: [354, 356, 350],
  },
  /** A contact who has no matter at all. */
  contactWithoutMatter: { contactId: 2512428566, phone: "+14155550125", lastFour: "0125" },
  /** Sees neither Jane Doe nor Victor Lang among the contacts, and no documents or folders. */
  bookkeeper: { userId: 364, hiddenContactIds: [2512428500, 2512428515], lacks: "documents" },
} as const;

/** Puts them into a firm that has the example firm's users. */
export function addOddPeople(firm: Firm): void {
  const cases = oddPeopleCases;

  function open(
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
  open(deliasMatter, 80, delia, "Frost boundary dispute", { responsible_staff_id: oneRobin });
  open(hugosMatter, 81, hugo, "Lindgren green card", { responsible_staff_id: otherRobin });

  const { scriptMatter, formulaContact, formulaStaff, threePeople, contactWithoutMatter } = cases;
  const ines = person(scriptMatter.contactId, "Ines Calloway");
  open(scriptMatter.matterId, 82, ines, scriptMatter.description, { responsible_staff_id: 350 });

  const formula = person(formulaContact.contactId, formulaContact.name, {
    more: { first_name: null, last_name: formulaContact.name },
  });
  open(formulaContact.matterId, 83, formula, "Vendor dispute", {
    responsible_staff_id: cases.markupStaff.userId,
  });

  const bram = person(formulaStaff.contactId, "Bram Osei");
  open(formulaStaff.matterId, 84, bram, formulaStaff.description, {
    responsible_staff_id: formulaStaff.userId,
  });

  const rosalind = person(threePeople.contactId, "Rosalind Achebe", { phones: ["(415) 555-0124"] });
  const [merger, lease, audit] = threePeople.matterIds;
  const [mergerStaff, leaseStaff, auditStaff] = threePeople.responsibleStaffIds;
  open(merger, 85, rosalind, "Achebe merger", { responsible_staff_id: mergerStaff });
  open(lease, 86, rosalind, "Achebe office lease", {
    responsible_staff_id: leaseStaff,
    last_activity_date: "2026-04-02",
  });
  open(audit, 87, rosalind, "Achebe audit", {
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
