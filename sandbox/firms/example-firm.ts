import { addCalendars } from "./example-calendars.ts";
import { addLinkedRecords, linkedRecordCases } from "./example-linked-records.ts";
import { addPageCases, pageCases } from "./example-page-cases.ts";
import { addRelatedCallers, relatedCallerCases } from "./example-related-callers.ts";
import { company, type Firm, type FirmContact, type FirmMatter, matter, person, user } from "./firm.ts";

/**
 * The example firm's test cases, by name. Phone numbers are from the ranges reserved for fiction: `typed` is a number
 * as typed into Clio, `phone` the same number in E.164.
 */
export const exampleCases = {
  /** The normal case: one person, one number, one open matter. The three decoys contain her last four digits. */
  janeDoe: {
    contactId: 2512428500,
    typed: "+1 415 555 0171",
    phone: "+14155550171",
    lastFour: "0171",
    matterId: 1834567,
    displayNumber: "00042-Doe",
    responsibleStaffId: 350,
  },
  /** Lives at 0171 Market Street, so a text search for Jane Doe's last four digits finds him too. */
  decoyAddress: { contactId: 2512428501, lastFour: "0171" },
  /** Her email address contains Jane Doe's last four digits. */
  decoyEmail: { contactId: 2512428502, lastFour: "0171" },
  /** His matter's number contains Jane Doe's last four digits. */
  decoyMatterNumber: { contactId: 2512428503, lastFour: "0171", displayNumber: "00171-Ferris" },
  /** Two contacts whose numbers differ only in the area code. */
  sameLastFour: {
    lastFour: "0119",
    contactIds: [2512428504, 2512428505],
    phones: ["+14155550119", "+15105550119"],
    responsibleStaffIds: [354, 356],
  },
  /** A married couple with the same number and the same attorney. */
  couple: {
    contactIds: [2512428506, 2512428507],
    phone: "+14155550123",
    lastFour: "0123",
    responsibleAttorneyId: 351,
  },
  /** Two unrelated people in one household, with the same number and different attorneys. */
  household: {
    contactIds: [2512428508, 2512428509],
    phone: "+14155550127",
    lastFour: "0127",
    responsibleAttorneyIds: [352, 353],
  },
  /** A company, and an employee on its main line who has no matter of his own. */
  company: {
    companyId: 2512428510,
    employeeId: 2512428511,
    phone: "+14155550130",
    lastFour: "0130",
    responsibleStaffId: 356,
  },
  /** A number with an extension. */
  extension: {
    contactId: 2512428512,
    typed: "415.555.0133 x204",
    phone: "+14155550133",
    lastFour: "0133",
    responsibleStaffId: 350,
  },
  /** A British number with its country code. */
  britishInternational: {
    contactId: 2512428513,
    typed: "+44 20 7946 0958",
    phone: "+442079460958",
    lastFour: "0958",
    responsibleStaffId: 354,
  },
  /** A British number in national format, which isn't a valid number in the firm's country. */
  britishNational: {
    contactId: 2512428514,
    typed: "020 7946 0321",
    phone: "+442079460321",
    lastFour: "0321",
    responsibleStaffId: 354,
  },
  /**
   * Two open matters, a pending and a closed one, each with different staff. The pending and the closed matter have the
   * latest activity; among the open ones, `bestMatterId` does.
   */
  severalMatters: {
    contactId: 2512428515,
    phone: "+14155550111",
    lastFour: "0111",
    matterIds: [1834582, 1834583, 1834584, 1834585],
    responsibleStaffIds: [350, 354, 356, 359],
    bestMatterId: 1834583,
  },
  /** Two open matters with the same attorney. */
  severalMattersOneAttorney: {
    contactId: 2512428516,
    phone: "+14155550112",
    lastFour: "0112",
    matterIds: [1834586, 1834587],
    responsibleAttorneyId: 355,
  },
  /** Only closed matters. Felix Dubinsky was responsible for the one closed last. */
  closedOnly: {
    contactId: 2512428517,
    phone: "+14155550113",
    lastFour: "0113",
    matterIds: [1834588, 1834589],
    lastMatterId: 1834589,
    responsibleStaffId: 350,
  },
  /** A responsible attorney, but no responsible staff. */
  attorneyOnly: {
    contactId: 2512428518,
    phone: "+14155550114",
    lastFour: "0114",
    matterId: 1834590,
    responsibleAttorneyId: 357,
  },
  /** A matter without any responsible user. */
  nobodyOnMatter: { contactId: 2512428519, phone: "+14155550115", lastFour: "0115", matterId: 1834591 },
  /** The responsible staff is a disabled user; the responsible attorney is enabled. */
  disabledStaff: {
    contactId: 2512428520,
    phone: "+14155550116",
    lastFour: "0116",
    matterId: 1834592,
    responsibleStaffId: 358,
    responsibleAttorneyId: 352,
  },
  /** The responsible staff has no phone number in Clio. */
  staffWithoutPhone: {
    contactId: 2512428521,
    phone: "+14155550117",
    lastFour: "0117",
    matterId: 1834593,
    responsibleStaffId: 359,
  },
  /** The responsible attorney's number has an extension. */
  staffWithExtension: {
    contactId: 2512428522,
    phone: "+14155550118",
    lastFour: "0118",
    matterId: 1834594,
    responsibleAttorneyId: 360,
    staffTyped: "(628) 555-0170 ext. 12",
    staffPhone: "+16285550170",
    staffExtension: "12",
  },
  /** Two people with the same name, different numbers and different staff. */
  sameName: {
    name: "Maria Garcia",
    contactIds: [2512428523, 2512428524],
    phones: ["+14155550121", "+14155550122"],
    responsibleStaffIds: [354, 356],
  },
  /** A number without its area code. */
  sevenDigits: {
    contactId: 2512428525,
    typed: "555-0142",
    callers: ["+14155550142", "+15105550142"],
    lastFour: "0142",
    responsibleStaffId: 350,
  },
  /** No phone number, so only the name can identify him. */
  noNumber: { contactId: 2512428526, name: "Walter Nash", responsibleStaffId: 356 },
  /** A name with accents, which a caller's name may lack. */
  accents: {
    contactId: 2512428527,
    name: "Zoë Müller-Núñez",
    plainName: "Zoe Muller-Nunez",
    phone: "+14155550145",
    lastFour: "0145",
    responsibleStaffId: 354,
  },
  /** A number with words and a stray digit around it. */
  strayText: {
    contactId: 2512428528,
    typed: "cell: (415) 555-0150 (after 5)",
    phone: "+14155550150",
    lastFour: "0150",
    responsibleStaffId: 350,
  },
  /** A number with a space in its last four digits, so Clio's text search for them doesn't find it. */
  spacedDigits: {
    contactId: 2512428529,
    typed: "415 555-01 61",
    phone: "+14155550161",
    lastFour: "0161",
    responsibleStaffId: 356,
  },
  /** No contact has this number, and none of the firm's text contains its last four digits. */
  stranger: { phone: "+12125550110", lastFour: "0110" },
  ...pageCases,
  ...linkedRecordCases,
  ...relatedCallerCases,
} as const;

/** Names of contacts that are no test case. */
const ORDINARY_NAMES =
  `Aaron Abbott,Beth Barlow,Carl Castle,Dana Dufresne,Eli Easton,Faye Farrow,Gus Granger,Hope Hadley,
  Ivan Ibarra,June Jessop,Kirk Kessler,Lena Lockhart,Milo Marsh,Nell Norwood,Oscar Ogden,Pearl Pruett,
  Quentin Quigley,Rosa Redmond,Saul Sandoval,Tess Thornton,Uri Underhill,Vera Valdez,Wade Winslow,Xena Xiang,
  Yusuf Yates,Zelda Zimmer,Alma Archer,Boris Bellamy,Cora Crane,Dexter Doyle`
    .split(",")
    .map((name) => name.trim());

/** The users responsible for the ordinary matters, in turn. */
const ORDINARY_STAFF = [350, 354, 356];
const ORDINARY_ATTORNEYS = [351, 352, 353, 355, 357, 360];

/**
 * Creates Hollis & Vance LLP, an invented firm in San Francisco with 17 users, 70 contacts, and their matters,
 * activities, documents and folders. It is the same at every call. `exampleCases` names the records that matter; the
 * others are there to be told apart from them.
 * @param nowMs the time around which its calendar entries are; default: Monday, 1 June 2026, 9:30 a.m. Pacific time
 */
export function exampleFirm({ nowMs = Date.parse("2026-06-01T16:30:00Z") } = {}): Firm {
  const contacts: FirmContact[] = [];
  const matters: FirmMatter[] = [];

  function addContact(contact: FirmContact): FirmContact {
    contacts.push(contact);
    return contact;
  }

  function addMatter(
    id: number,
    number: number,
    client: FirmContact,
    description: string,
    more?: Partial<FirmMatter>,
  ): void {
    matters.push(matter(id, number, client, description, more));
  }

  const cases = exampleCases;

  const jane = addContact(
    person(cases.janeDoe.contactId, "Jane Doe", {
      phones: [cases.janeDoe.typed],
      emails: ["jane.doe@example.com"],
      address: { street: "88 Larkin Street", postal_code: "94102" },
    }),
  );
  addMatter(cases.janeDoe.matterId, 42, jane, "Doe v. Acme", {
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    originating_attorney_id: 352,
  });

  const byAddress = addContact(
    person(cases.decoyAddress.contactId, "Peter Nolan", {
      phones: ["(415) 555-0104"],
      emails: ["peter.nolan@example.com"],
      address: { street: "0171 Market Street", postal_code: "94103" },
    }),
  );
  addMatter(1834568, 43, byAddress, "Nolan lease dispute", {
    responsible_staff_id: 354,
    responsible_attorney_id: 352,
  });

  const byEmail = addContact(
    person(cases.decoyEmail.contactId, "Rita Okafor", {
      phones: ["(415) 555-0105"],
      emails: ["rita0171@example.com"],
    }),
  );
  addMatter(1834569, 44, byEmail, "Okafor immigration", {
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
  });

  const byMatter = addContact(
    person(cases.decoyMatterNumber.contactId, "Glenn Ferris", { phones: ["(415) 555-0106"] }),
  );
  addMatter(1834570, 171, byMatter, "Ferris estate", {
    responsible_staff_id: 354,
    responsible_attorney_id: 355,
  });

  const sanFrancisco = addContact(
    person(cases.sameLastFour.contactIds[0], "Hannah Reyes", { phones: ["(415) 555-0119"] }),
  );
  const oakland = addContact(
    person(cases.sameLastFour.contactIds[1], "Marcus Bell", { phones: ["(510) 555-0119"] }),
  );
  addMatter(1834571, 45, sanFrancisco, "Reyes adoption", {
    responsible_staff_id: 354,
    responsible_attorney_id: 353,
  });
  addMatter(1834572, 46, oakland, "Bell wrongful termination", {
    responsible_staff_id: 356,
    responsible_attorney_id: 352,
  });

  const husband = addContact(
    person(cases.couple.contactIds[0], "Daniel Whitfield", { phones: ["(415) 555-0123"] }),
  );
  const wife = addContact(
    person(cases.couple.contactIds[1], "Laura Whitfield", { phones: ["415-555-0123"] }),
  );
  addMatter(1834573, 47, husband, "Whitfield family trust", { responsible_attorney_id: 351 });
  addMatter(1834574, 48, wife, "Whitfield property purchase", { responsible_attorney_id: 351 });

  const lodger = addContact(
    person(cases.household.contactIds[0], "Ibrahim Saleh", { phones: ["+1 (415) 555-0127"] }),
  );
  const landlady = addContact(
    person(cases.household.contactIds[1], "Colleen Murphy", { phones: ["4155550127"] }),
  );
  addMatter(1834575, 49, lodger, "Saleh work visa", { responsible_attorney_id: 352 });
  addMatter(1834576, 50, landlady, "Murphy divorce", { responsible_attorney_id: 353 });

  const bakery = addContact(
    company(cases.company.companyId, "Northgate Bakery Supply", {
      phones: ["(415) 555-0130"],
      emails: ["office@northgate.example"],
      address: { name: "Work", street: "9 Dock Road", city: "Oakland", postal_code: "94607" },
      webSite: "https://northgate.example",
    }),
  );
  addContact(
    person(cases.company.employeeId, "Owen Park", {
      phones: ["(415) 555-0130"],
      emails: ["owen@northgate.example"],
      more: { company_id: bakery.id, title: "Operations Manager", is_client: false },
    }),
  );
  addMatter(1834577, 51, bakery, "Northgate supply contract", {
    responsible_staff_id: 356,
    responsible_attorney_id: 355,
  });

  const withExtension = addContact(
    person(cases.extension.contactId, "Simon Tate", { phones: [cases.extension.typed] }),
  );
  addMatter(1834578, 52, withExtension, "Tate personal injury", {
    responsible_staff_id: 350,
    responsible_attorney_id: 357,
  });

  const british = addContact(
    person(cases.britishInternational.contactId, "Edmund Fairfax", {
      phones: [cases.britishInternational.typed],
      address: { street: "12 Tavistock Row", city: "London", province: "", country: "GB" },
    }),
  );
  addMatter(1834579, 53, british, "Fairfax probate", {
    responsible_staff_id: 354,
    responsible_attorney_id: 351,
  });

  const national = addContact(
    person(cases.britishNational.contactId, "Imogen Hartley", {
      phones: [cases.britishNational.typed, "07700 900461"],
      address: { street: "3 Quay Lane", city: "Bristol", province: "", country: "GB" },
    }),
  );
  addMatter(1834580, 54, national, "Hartley trademark", {
    responsible_staff_id: 354,
    responsible_attorney_id: 355,
  });

  const busy = addContact(
    person(cases.severalMatters.contactId, "Victor Lang", { phones: ["(415) 555-0111"] }),
  );
  const [langLease, langSale, langAppeal, langWill] = cases.severalMatters.matterIds;
  addMatter(langLease, 55, busy, "Lang lease renewal", {
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    last_activity_date: "2026-03-02",
  });
  addMatter(langSale, 56, busy, "Lang business sale", {
    responsible_staff_id: 354,
    responsible_attorney_id: 352,
    last_activity_date: "2026-04-10",
  });
  addMatter(langAppeal, 57, busy, "Lang tax appeal", {
    status: "Pending",
    pending_date: "2026-01-15",
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
    last_activity_date: "2026-05-01",
  });
  addMatter(langWill, 58, busy, "Lang will", {
    status: "Closed",
    close_date: "2026-05-20",
    responsible_staff_id: 359,
    responsible_attorney_id: 355,
    last_activity_date: "2026-05-20",
  });

  const loyal = addContact(
    person(cases.severalMattersOneAttorney.contactId, "Grace Holloway", { phones: ["(415) 555-0112"] }),
  );
  const [estate, guardianship] = cases.severalMattersOneAttorney.matterIds;
  addMatter(estate, 59, loyal, "Holloway estate", {
    responsible_attorney_id: 355,
    last_activity_date: "2026-02-11",
  });
  addMatter(guardianship, 60, loyal, "Holloway guardianship", {
    responsible_attorney_id: 355,
    last_activity_date: "2026-04-22",
  });

  const former = addContact(
    person(cases.closedOnly.contactId, "Stanley Crewe", { phones: ["(415) 555-0113"] }),
  );
  const [firstClosed, lastClosed] = cases.closedOnly.matterIds;
  addMatter(firstClosed, 61, former, "Crewe speeding ticket", {
    status: "Closed",
    open_date: "2024-03-01",
    close_date: "2024-06-30",
    responsible_staff_id: 356,
    responsible_attorney_id: 352,
    last_activity_date: "2024-06-30",
  });
  addMatter(lastClosed, 62, former, "Crewe name change", {
    status: "Closed",
    open_date: "2025-05-05",
    close_date: "2025-11-28",
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    last_activity_date: "2025-11-28",
  });

  const noStaff = addContact(
    person(cases.attorneyOnly.contactId, "Bridget Sloan", { phones: ["(415) 555-0114"] }),
  );
  addMatter(cases.attorneyOnly.matterId, 63, noStaff, "Sloan custody", { responsible_attorney_id: 357 });

  const unassigned = addContact(
    person(cases.nobodyOnMatter.contactId, "Curtis Vaughn", { phones: ["(415) 555-0115"] }),
  );
  addMatter(cases.nobodyOnMatter.matterId, 64, unassigned, "Vaughn intake", { last_activity_date: null });

  const orphaned = addContact(
    person(cases.disabledStaff.contactId, "Teresa Blum", { phones: ["(415) 555-0116"] }),
  );
  addMatter(cases.disabledStaff.matterId, 65, orphaned, "Blum insurance claim", {
    responsible_staff_id: 358,
    responsible_attorney_id: 352,
  });

  const unreachable = addContact(
    person(cases.staffWithoutPhone.contactId, "Neil Prescott", { phones: ["(415) 555-0117"] }),
  );
  addMatter(cases.staffWithoutPhone.matterId, 66, unreachable, "Prescott bankruptcy", {
    responsible_staff_id: 359,
    responsible_attorney_id: 353,
  });

  const extended = addContact(
    person(cases.staffWithExtension.contactId, "Yvonne Marlow", { phones: ["(415) 555-0118"] }),
  );
  addMatter(cases.staffWithExtension.matterId, 67, extended, "Marlow patent", {
    responsible_attorney_id: 360,
  });

  const garcia = addContact(
    person(cases.sameName.contactIds[0], cases.sameName.name, { phones: ["(415) 555-0121"] }),
  );
  const otherGarcia = addContact(
    person(cases.sameName.contactIds[1], cases.sameName.name, { phones: ["(415) 555-0122"] }),
  );
  addMatter(1834595, 68, garcia, "Garcia workers' compensation", {
    responsible_staff_id: 354,
    responsible_attorney_id: 357,
  });
  addMatter(1834596, 69, otherGarcia, "Garcia home purchase", {
    responsible_staff_id: 356,
    responsible_attorney_id: 355,
  });

  const short = addContact(
    person(cases.sevenDigits.contactId, "Agnes Tolliver", { phones: [cases.sevenDigits.typed] }),
  );
  addMatter(1834597, 70, short, "Tolliver pension", {
    responsible_staff_id: 350,
    responsible_attorney_id: 352,
  });

  const silent = addContact(
    person(cases.noNumber.contactId, cases.noNumber.name, { emails: ["walter.nash@example.com"] }),
  );
  addMatter(1834598, 71, silent, "Nash restraining order", {
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
  });

  const accented = addContact(
    person(cases.accents.contactId, cases.accents.name, { phones: ["(415) 555-0145"] }),
  );
  addMatter(1834599, 72, accented, "Müller-Núñez partnership", {
    responsible_staff_id: 354,
    responsible_attorney_id: 351,
  });

  const chatty = addContact(
    person(cases.strayText.contactId, "Leonard Fisk", { phones: [cases.strayText.typed] }),
  );
  addMatter(1834600, 73, chatty, "Fisk foreclosure", {
    responsible_staff_id: 350,
    responsible_attorney_id: 360,
  });

  const spaced = addContact(
    person(cases.spacedDigits.contactId, "Miriam Stone", { phones: [cases.spacedDigits.typed] }),
  );
  addMatter(1834601, 74, spaced, "Stone asylum", { responsible_staff_id: 356, responsible_attorney_id: 353 });

  for (const [i, name] of ORDINARY_NAMES.entries()) {
    const [first, last] = name.toLowerCase().split(" ");
    const client = addContact(
      person(2512428530 + i, name, {
        // 0172 to 0199, then 0101 and 0102, which no other contact has as last four digits.
        phones: [`(707) 555-0${i < 28 ? 172 + i : 73 + i}`],
        emails: [`${first}.${last}@example.com`],
        address: { street: `${20 + i} Alder Way`, city: "Santa Rosa", postal_code: "95404" },
      }),
    );
    addMatter(1834602 + i, 200 + i, client, `${client.last_name} general counsel`, {
      responsible_staff_id: ORDINARY_STAFF[i % ORDINARY_STAFF.length] ?? null,
      responsible_attorney_id: ORDINARY_ATTORNEYS[i % ORDINARY_ATTORNEYS.length] ?? null,
    });
  }

  const firm: Firm = {
    account: { id: 77001, name: "Hollis & Vance LLP" },
    users: exampleUsers(),
    contacts,
    matters,
  };
  addPageCases(firm);
  addRelatedCallers(firm);
  addLinkedRecords(firm);
  addCalendars(firm, nowMs);
  return firm;
}

function exampleUsers() {
  const attorney = { subscription_type: "Attorney" } as const;
  return [
    user(350, "Felix Dubinsky", { phone_number: "(628) 555-0160" }),
    user(351, "Margaret Hollis", {
      ...attorney,
      phone_number: "+1 628 555 0161",
      account_owner: true,
      roles: ["admin", "billing"],
    }),
    user(352, "Desmond Vance", { ...attorney, phone_number: "628.555.0162", roles: ["admin"] }),
    user(353, "Priya Raman", { ...attorney, phone_number: "(628) 555-0163" }),
    user(354, "Tomás Ortega", { phone_number: "(628) 555-0164", email: "tomas.ortega@hollisvance.example" }),
    user(355, "Ingrid Solberg", { ...attorney, phone_number: "(628) 555-0165" }),
    user(356, "Kwame Mensah", { phone_number: "(628) 555-0166" }),
    user(357, "Lucy Chen", { ...attorney, phone_number: "(628) 555-0167" }),
    user(358, "Harold Pruitt", { phone_number: "(628) 555-0168", enabled: false }),
    user(359, "Bea Whitlock"),
    user(360, "Samuel Adeyemi", { ...attorney, phone_number: exampleCases.staffWithExtension.staffTyped }),
    user(361, "Nora Lindqvist", { phone_number: "(628) 555-0171", roles: ["accounts"] }),
  ];
}
