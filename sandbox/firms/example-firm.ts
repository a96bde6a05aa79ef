import { addFiling, filingCases } from "./example-filing.ts";
import { addOddPeople, oddPeopleCases } from "./example-odd-people.ts";
import { company, type Firm, type FirmContact, type FirmMatter, matter, person, user } from "./firm.ts";

/**
 * The hard cases in the example firm, by name. Phone numbers are from the ranges reserved for fiction; `typed`
 * is how one stands in Clio, `phone` the same number in E.164.
 */
export const exampleCases = {
  /** The plain case: one person, one number, one open matter. Her last four digits turn up in the three decoys. */
  janeDoe: {
    contactId: 2512428500,
    typed: "+1 415 555 0171",
    phone: "+14155550171",
    lastFour: "0171",
    matterId: 1834567,
    displayNumber: "00042-Doe",
    responsibleStaffId: 350,
  },
  /** Lives at 0171 Market Street: the text search for Jane Doe's last four digits finds him too. */
  decoyAddress: { contactId: 2512428501, lastFour: "0171" },
  /** Jane Doe's last four digits stand in her e-mail address. */
  decoyEmail: { contactId: 2512428502, lastFour: "0171" },
  /** Jane Doe's last four digits stand in the number of his matter. */
  decoyMatterNumber: { contactId: 2512428503, lastFour: "0171", displayNumber: "00171-Ferris" },
  /** Two contacts whose numbers differ in the area code alone. */
  sameLastFour: {
    lastFour: "0119",
    contactIds: [2512428504, 2512428505],
    phones: ["+14155550119", "+15105550119"],
    responsibleStaffIds: [354, 356],
  },
  /** Husband and wife on one number, with one attorney. */
  couple: {
    contactIds: [2512428506, 2512428507],
    phone: "+14155550123",
    lastFour: "0123",
    responsibleAttorneyId: 351,
  },
  /** Two unrelated people in one household, on one number, with different attorneys. */
  household: {
    contactIds: [2512428508, 2512428509],
    phone: "+14155550127",
    lastFour: "0127",
    responsibleAttorneyIds: [352, 353],
  },
  /** A company and, on its main line, an employee who has no matter himself. */
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
  /** A British number typed with its country code. */
  britishInternational: {
    contactId: 2512428513,
    typed: "+44 20 7946 0958",
    phone: "+442079460958",
    lastFour: "0958",
    responsibleStaffId: 354,
  },
  /** A British number typed as the British do, which is no number at all in the firm's country. */
  britishNational: {
    contactId: 2512428514,
    typed: "020 7946 0321",
    phone: "+442079460321",
    lastFour: "0321",
    responsibleStaffId: 354,
  },
  /**
   * Two open matters, a pending and a closed one, each with somebody else. The pending and the closed one
   * have the later activity; of the open ones `bestMatterId` has.
   */
  severalMatters: {
    contactId: 2512428515,
    phone: "+14155550111",
    lastFour: "0111",
    matterIds: [1834582, 1834583, 1834584, 1834585],
    responsibleStaffIds: [350, 354, 356, 359],
    bestMatterId: 1834583,
  },
  /** Two open matters under one attorney. */
  severalMattersOneAttorney: {
    contactId: 2512428516,
    phone: "+14155550112",
    lastFour: "0112",
    matterIds: [1834586, 1834587],
    responsibleAttorneyId: 355,
  },
  /** Only closed matters; the one closed last had Felix Dubinsky. */
  closedOnly: {
    contactId: 2512428517,
    phone: "+14155550113",
    lastFour: "0113",
    matterIds: [1834588, 1834589],
    lastMatterId: 1834589,
    responsibleStaffId: 350,
  },
  /** No responsible staff; a responsible attorney. */
  attorneyOnly: {
    contactId: 2512428518,
    phone: "+14155550114",
    lastFour: "0114",
    matterId: 1834590,
    responsibleAttorneyId: 357,
  },
  /** Nobody at all on the matter. */
  nobodyOnMatter: { contactId: 2512428519, phone: "+14155550115", lastFour: "0115", matterId: 1834591 },
  /** The responsible staff is a disabled user; the responsible attorney is not. */
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
  /** Two people of one name, with different numbers and different staff. */
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
  /** No phone number at all; to be found by name alone. */
  noNumber: { contactId: 2512428526, name: "Walter Nash", responsibleStaffId: 356 },
  /** Accents in the name, which a caller's name may come without. */
  accents: {
    contactId: 2512428527,
    name: "Zoë Müller-Núñez",
    plainName: "Zoe Muller-Nunez",
    phone: "+14155550145",
    lastFour: "0145",
    responsibleStaffId: 354,
  },
  /** A number with words (and a stray digit) around it. */
  strayText: {
    contactId: 2512428528,
    typed: "cell: (415) 555-0150 (after 5)",
    phone: "+14155550150",
    lastFour: "0150",
    responsibleStaffId: 350,
  },
  /** A number whose last four digits are typed apart: Clio's text search does not find it by them. */
  spacedDigits: {
    contactId: 2512428529,
    typed: "415 555-01 61",
    phone: "+14155550161",
    lastFour: "0161",
    responsibleStaffId: 356,
  },
  /** No contact has this number, and no text of the firm holds its last four digits. */
  stranger: { phone: "+12125550110", lastFour: "0110" },
  ...oddPeopleCases,
  ...filingCases,
} as const;

/** First names and last names of the contacts that are nothing special. */
const ORDINARY =
  `Aaron Abbott,Beth Barlow,Carl Castle,Dana Dufresne,Eli Easton,Faye Farrow,Gus Granger,Hope Hadley,
  Ivan Ibarra,June Jessop,Kirk Kessler,Lena Lockhart,Milo Marsh,Nell Norwood,Oscar Ogden,Pearl Pruett,
  Quentin Quigley,Rosa Redmond,Saul Sandoval,Tess Thornton,Uri Underhill,Vera Valdez,Wade Winslow,Xena Xiang,
  Yusuf Yates,Zelda Zimmer,Alma Archer,Boris Bellamy,Cora Crane,Dexter Doyle`
    .split(",")
    .map((name) => name.trim());

/** Who answers for the ordinary matters, in turn. */
const ORDINARY_STAFF = [350, 354, 356];
const ORDINARY_ATTORNEYS = [351, 352, 353, 355, 357, 360];

/**
 * Hollis & Vance LLP, an invented firm in San Francisco: 17 users, 67 contacts, their matters and what is
 * filed on those, the same at every call. The ones that matter have a name in `exampleCases`; the others are there to be told apart.
 */
export function exampleFirm(): Firm {
  const contacts: FirmContact[] = [];
  const matters: FirmMatter[] = [];

  function put(contact: FirmContact): FirmContact {
    contacts.push(contact);
    return contact;
  }

  function open(
    id: number,
    number: number,
    client: FirmContact,
    description: string,
    more?: Partial<FirmMatter>,
  ): void {
    matters.push(matter(id, number, client, description, more));
  }

  const cases = exampleCases;

  const jane = put(
    person(cases.janeDoe.contactId, "Jane Doe", {
      phones: [cases.janeDoe.typed],
      emails: ["jane.doe@example.com"],
      address: { street: "88 Larkin Street", postal_code: "94102" },
    }),
  );
  open(cases.janeDoe.matterId, 42, jane, "Doe v. Acme", {
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    originating_attorney_id: 352,
  });

  const byAddress = put(
    person(cases.decoyAddress.contactId, "Peter Nolan", {
      phones: ["(415) 555-0104"],
      emails: ["peter.nolan@example.com"],
      address: { street: "0171 Market Street", postal_code: "94103" },
    }),
  );
  open(1834568, 43, byAddress, "Nolan lease dispute", {
    responsible_staff_id: 354,
    responsible_attorney_id: 352,
  });

  const byEmail = put(
    person(cases.decoyEmail.contactId, "Rita Okafor", {
      phones: ["(415) 555-0105"],
      emails: ["rita0171@example.com"],
    }),
  );
  open(1834569, 44, byEmail, "Okafor immigration", {
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
  });

  const byMatter = put(
    person(cases.decoyMatterNumber.contactId, "Glenn Ferris", { phones: ["(415) 555-0106"] }),
  );
  open(1834570, 171, byMatter, "Ferris estate", { responsible_staff_id: 354, responsible_attorney_id: 355 });

  const sanFrancisco = put(
    person(cases.sameLastFour.contactIds[0], "Hannah Reyes", { phones: ["(415) 555-0119"] }),
  );
  const oakland = put(
    person(cases.sameLastFour.contactIds[1], "Marcus Bell", { phones: ["(510) 555-0119"] }),
  );
  open(1834571, 45, sanFrancisco, "Reyes adoption", {
    responsible_staff_id: 354,
    responsible_attorney_id: 353,
  });
  open(1834572, 46, oakland, "Bell wrongful termination", {
    responsible_staff_id: 356,
    responsible_attorney_id: 352,
  });

  const husband = put(person(cases.couple.contactIds[0], "Daniel Whitfield", { phones: ["(415) 555-0123"] }));
  const wife = put(person(cases.couple.contactIds[1], "Laura Whitfield", { phones: ["415-555-0123"] }));
  open(1834573, 47, husband, "Whitfield family trust", { responsible_attorney_id: 351 });
  open(1834574, 48, wife, "Whitfield property purchase", { responsible_attorney_id: 351 });

  const lodger = put(
    person(cases.household.contactIds[0], "Ibrahim Saleh", { phones: ["+1 (415) 555-0127"] }),
  );
  const landlady = put(person(cases.household.contactIds[1], "Colleen Murphy", { phones: ["4155550127"] }));
  open(1834575, 49, lodger, "Saleh work visa", { responsible_attorney_id: 352 });
  open(1834576, 50, landlady, "Murphy divorce", { responsible_attorney_id: 353 });

  const bakery = put(
    company(cases.company.companyId, "Northgate Bakery Supply", {
      phones: ["(415) 555-0130"],
      emails: ["office@northgate.example"],
      address: { name: "Work", street: "9 Dock Road", city: "Oakland", postal_code: "94607" },
      webSite: "https://northgate.example",
    }),
  );
  put(
    person(cases.company.employeeId, "Owen Park", {
      phones: ["(415) 555-0130"],
      emails: ["owen@northgate.example"],
      more: { company_id: bakery.id, title: "Operations Manager", is_client: false },
    }),
  );
  open(1834577, 51, bakery, "Northgate supply contract", {
    responsible_staff_id: 356,
    responsible_attorney_id: 355,
  });

  const withExtension = put(
    person(cases.extension.contactId, "Simon Tate", { phones: [cases.extension.typed] }),
  );
  open(1834578, 52, withExtension, "Tate personal injury", {
    responsible_staff_id: 350,
    responsible_attorney_id: 357,
  });

  const british = put(
    person(cases.britishInternational.contactId, "Edmund Fairfax", {
      phones: [cases.britishInternational.typed],
      address: { street: "12 Tavistock Row", city: "London", province: "", country: "GB" },
    }),
  );
  open(1834579, 53, british, "Fairfax probate", { responsible_staff_id: 354, responsible_attorney_id: 351 });

  const national = put(
    person(cases.britishNational.contactId, "Imogen Hartley", {
      phones: [cases.britishNational.typed, "07700 900461"],
      address: { street: "3 Quay Lane", city: "Bristol", province: "", country: "GB" },
    }),
  );
  open(1834580, 54, national, "Hartley trademark", {
    responsible_staff_id: 354,
    responsible_attorney_id: 355,
  });

  const busy = put(person(cases.severalMatters.contactId, "Victor Lang", { phones: ["(415) 555-0111"] }));
  const [langLease, langSale, langAppeal, langWill] = cases.severalMatters.matterIds;
  open(langLease, 55, busy, "Lang lease renewal", {
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    last_activity_date: "2026-03-02",
  });
  open(langSale, 56, busy, "Lang business sale", {
    responsible_staff_id: 354,
    responsible_attorney_id: 352,
    last_activity_date: "2026-04-10",
  });
  open(langAppeal, 57, busy, "Lang tax appeal", {
    status: "Pending",
    pending_date: "2026-01-15",
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
    last_activity_date: "2026-05-01",
  });
  open(langWill, 58, busy, "Lang will", {
    status: "Closed",
    close_date: "2026-05-20",
    responsible_staff_id: 359,
    responsible_attorney_id: 355,
    last_activity_date: "2026-05-20",
  });

  const loyal = put(
    person(cases.severalMattersOneAttorney.contactId, "Grace Holloway", { phones: ["(415) 555-0112"] }),
  );
  const [estate, guardianship] = cases.severalMattersOneAttorney.matterIds;
  open(estate, 59, loyal, "Holloway estate", {
    responsible_attorney_id: 355,
    last_activity_date: "2026-02-11",
  });
  open(guardianship, 60, loyal, "Holloway guardianship", {
    responsible_attorney_id: 355,
    last_activity_date: "2026-04-22",
  });

  const former = put(person(cases.closedOnly.contactId, "Stanley Crewe", { phones: ["(415) 555-0113"] }));
  const [firstClosed, lastClosed] = cases.closedOnly.matterIds;
  open(firstClosed, 61, former, "Crewe speeding ticket", {
    status: "Closed",
    open_date: "2024-03-01",
    close_date: "2024-06-30",
    responsible_staff_id: 356,
    responsible_attorney_id: 352,
    last_activity_date: "2024-06-30",
  });
  open(lastClosed, 62, former, "Crewe name change", {
    status: "Closed",
    open_date: "2025-05-05",
    close_date: "2025-11-28",
    responsible_staff_id: 350,
    responsible_attorney_id: 351,
    last_activity_date: "2025-11-28",
  });

  const noStaff = put(person(cases.attorneyOnly.contactId, "Bridget Sloan", { phones: ["(415) 555-0114"] }));
  open(cases.attorneyOnly.matterId, 63, noStaff, "Sloan custody", { responsible_attorney_id: 357 });

  const nobody = put(person(cases.nobodyOnMatter.contactId, "Curtis Vaughn", { phones: ["(415) 555-0115"] }));
  open(cases.nobodyOnMatter.matterId, 64, nobody, "Vaughn intake", { last_activity_date: null });

  const orphaned = put(person(cases.disabledStaff.contactId, "Teresa Blum", { phones: ["(415) 555-0116"] }));
  open(cases.disabledStaff.matterId, 65, orphaned, "Blum insurance claim", {
    responsible_staff_id: 358,
    responsible_attorney_id: 352,
  });

  const unreachable = put(
    person(cases.staffWithoutPhone.contactId, "Neil Prescott", { phones: ["(415) 555-0117"] }),
  );
  open(cases.staffWithoutPhone.matterId, 66, unreachable, "Prescott bankruptcy", {
    responsible_staff_id: 359,
    responsible_attorney_id: 353,
  });

  const extended = put(
    person(cases.staffWithExtension.contactId, "Yvonne Marlow", { phones: ["(415) 555-0118"] }),
  );
  open(cases.staffWithExtension.matterId, 67, extended, "Marlow patent", { responsible_attorney_id: 360 });

  const garcia = put(
    person(cases.sameName.contactIds[0], cases.sameName.name, { phones: ["(415) 555-0121"] }),
  );
  const otherGarcia = put(
    person(cases.sameName.contactIds[1], cases.sameName.name, { phones: ["(415) 555-0122"] }),
  );
  open(1834595, 68, garcia, "Garcia workers' compensation", {
    responsible_staff_id: 354,
    responsible_attorney_id: 357,
  });
  open(1834596, 69, otherGarcia, "Garcia home purchase", {
    responsible_staff_id: 356,
    responsible_attorney_id: 355,
  });

  const short = put(
    person(cases.sevenDigits.contactId, "Agnes Tolliver", { phones: [cases.sevenDigits.typed] }),
  );
  open(1834597, 70, short, "Tolliver pension", { responsible_staff_id: 350, responsible_attorney_id: 352 });

  const silent = put(
    person(cases.noNumber.contactId, cases.noNumber.name, { emails: ["walter.nash@example.com"] }),
  );
  open(1834598, 71, silent, "Nash restraining order", {
    responsible_staff_id: 356,
    responsible_attorney_id: 353,
  });

  const accented = put(person(cases.accents.contactId, cases.accents.name, { phones: ["(415) 555-0145"] }));
  open(1834599, 72, accented, "Müller-Núñez partnership", {
    responsible_staff_id: 354,
    responsible_attorney_id: 351,
  });

  const chatty = put(person(cases.strayText.contactId, "Leonard Fisk", { phones: [cases.strayText.typed] }));
  open(1834600, 73, chatty, "Fisk foreclosure", { responsible_staff_id: 350, responsible_attorney_id: 360 });

  const spaced = put(
    person(cases.spacedDigits.contactId, "Miriam Stone", { phones: [cases.spacedDigits.typed] }),
  );
  open(1834601, 74, spaced, "Stone asylum", { responsible_staff_id: 356, responsible_attorney_id: 353 });

  for (const [i, name] of ORDINARY.entries()) {
    const [first, last] = name.toLowerCase().split(" ");
    const client = put(
      person(2512428530 + i, name, {
        // 0172 to 0199, then 0101 and 0102: nobody else's last four digits.
        phones: [`(707) 555-0${i < 28 ? 172 + i : 73 + i}`],
        emails: [`${first}.${last}@example.com`],
        address: { street: `${20 + i} Alder Way`, city: "Santa Rosa", postal_code: "95404" },
      }),
    );
    open(1834602 + i, 200 + i, client, `${client.last_name} general counsel`, {
      responsible_staff_id: ORDINARY_STAFF[i % ORDINARY_STAFF.length] ?? null,
      responsible_attorney_id: ORDINARY_ATTORNEYS[i % ORDINARY_ATTORNEYS.length] ?? null,
    });
  }

  const firm = {
    account: { id: 77001, name: "Hollis & Vance LLP" },
    users: exampleUsers(),
    contacts,
    matters,
  };
  addOddPeople(firm);
  addFiling(firm);
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
