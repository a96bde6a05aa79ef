import { type Firm, person } from "./firm.ts";
import { relationship } from "./firm-relationships.ts";

/** Contacts who are related to a matter in Clio, without being its client. */
export const relatedCallerCases = {
  /** The spouse of a client, without a matter of her own. */
  spouse: {
    contactId: 2512428567,
    name: "Helen Tate",
    phone: "+14155550134",
    lastFour: "0134",
    relationshipId: 950001,
    description: "Spouse",
    matterId: 1834578,
    responsibleStaffId: 350,
  },
  /** An insurance adjuster on a matter whose responsible staff is a disabled user. */
  adjuster: {
    contactId: 2512428568,
    name: "Warren Pike",
    phone: "+14155550135",
    lastFour: "0135",
    relationshipId: 950002,
    description: "Insurance adjuster",
    matterId: 1834592,
    responsibleAttorneyId: 352,
  },
  /** Opposing counsel on two matters with different attorneys. */
  opposingCounsel: {
    contactId: 2512428569,
    name: "Nadia Brandt",
    phone: "+14155550136",
    lastFour: "0136",
    relationshipIds: [950003, 950004],
    description: "Opposing counsel",
    matterIds: [1834590, 1834574],
    responsibleAttorneyIds: [357, 351],
  },
  /** A client with matters of her own, who is also a witness in someone else's. */
  clientAndWitness: { contactId: 2512428516, relationshipId: 950005, matterId: 1834578 },
  /** A relationship without a description, of a contact that is hidden from the bookkeeper. */
  withoutDescription: { contactId: 2512428515, relationshipId: 950006, matterId: 1834567 },
} as const;

/** Adds these contacts and relationships to the example firm. */
export function addRelatedCallers(firm: Firm): void {
  const { spouse, adjuster, opposingCounsel, clientAndWitness, withoutDescription } = relatedCallerCases;
  const other = { is_client: false };
  firm.contacts.push(
    person(spouse.contactId, spouse.name, { phones: ["(415) 555-0134"], more: other }),
    person(adjuster.contactId, adjuster.name, {
      phones: ["415-555-0135"],
      more: { ...other, title: "Claims Adjuster" },
    }),
    person(opposingCounsel.contactId, opposingCounsel.name, { phones: ["+1 415 555 0136"], more: other }),
  );
  const [first, second] = opposingCounsel.relationshipIds;
  const [custody, purchase] = opposingCounsel.matterIds;
  firm.relationships = [
    relationship(spouse.relationshipId, spouse.matterId, spouse.contactId, spouse.description),
    relationship(adjuster.relationshipId, adjuster.matterId, adjuster.contactId, adjuster.description),
    relationship(first, custody, opposingCounsel.contactId, opposingCounsel.description),
    relationship(second, purchase, opposingCounsel.contactId, opposingCounsel.description),
    relationship(
      clientAndWitness.relationshipId,
      clientAndWitness.matterId,
      clientAndWitness.contactId,
      "Witness",
    ),
    relationship(
      withoutDescription.relationshipId,
      withoutDescription.matterId,
      withoutDescription.contactId,
    ),
  ];
}
