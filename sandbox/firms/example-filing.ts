import type { Firm } from "./firm.ts";
import { expense, type FirmActivity, timeEntry } from "./firm-activities.ts";
import { document, type FirmDocument, type FirmFolder, folder, type Links } from "./firm-files.ts";

/** Activities, documents and folders, by where they lead. */
export const filingCases = {
  /** A time entry on Jane Doe's matter. */
  activityOfJaneDoe: { activityId: 910001, matterId: 1834567 },
  /** An expense on a closed matter. */
  activityOfClosedMatter: { activityId: 910002, matterId: 1834585 },
  /** A time entry that names no matter. */
  activityWithoutMatter: { activityId: 910003 },
  /** A time entry whose note is markup. */
  activityWithMarkup: { activityId: 910004, matterId: 1834568, note: '<img src=x onerror="alert(1)">' },
  /** In the root folder of Jane Doe's matter, and linked to the matter itself. */
  documentOfMatter: { documentId: 920001, matterId: 1834567, parentId: 21834567 },
  /** Linked to a contact and to nothing else. */
  documentOfContact: { documentId: 920002, contactId: 2512428565 },
  /**
   * Three folders below the root of Jane Doe's matter: neither it nor any folder on the way names the
   * matter, only the root does. `folderIds` are the folders above it, nearest first, the root last.
   */
  documentInNestedFolder: {
    documentId: 920003,
    folderIds: [930003, 930002, 930001, 21834567],
    matterId: 1834567,
  },
  /** In a folder that names a contact and no matter. */
  documentInContactFolder: { documentId: 920004, folderId: 930004, contactId: 2512428516 },
  /** Leads nowhere: no matter, no contact, no folder. Its name is a spreadsheet's formula. */
  strayDocument: { documentId: 920005, name: "=1+1.pdf" },
  /** The root folder of Jane Doe's matter. Every matter has one: 20,000,000 above the matter's id. */
  folderOfMatter: { folderId: 21834567, matterId: 1834567 },
  /** Names a contact and no matter. */
  folderOfContact: { folderId: 930004, contactId: 2512428516 },
  /** Leads nowhere at all. */
  strayFolder: { folderId: 930005 },
  /** The lowest of 12 folders in one another, none of which leads anywhere, and a document in it. */
  deepFolder: { folderId: 930112, topFolderId: 930101, depth: 12, documentId: 920006 },
  /** The lowest of 12 folders in one another; the topmost has a matter, 11 steps up. */
  folderFarBelowMatter: { folderId: 930212, topFolderId: 930201, depth: 12, matterId: 1834567 },
} as const;

/** Puts them into a firm that has the example firm's matters, with a root folder and an activity for each matter. */
export function addFiling(firm: Firm): void {
  const cases = filingCases;
  const activities: FirmActivity[] = [];
  const documents: FirmDocument[] = [];
  const folders: FirmFolder[] = [];

  for (const matter of firm.matters) {
    folders.push(folder(20_000_000 + matter.id, matter.display_number, { matter_id: matter.id }, true));
  }

  const { activityOfJaneDoe, activityOfClosedMatter, activityWithoutMatter, activityWithMarkup } = cases;
  activities.push(
    timeEntry(activityOfJaneDoe.activityId, activityOfJaneDoe.matterId, 350, "Call with client", 0.4),
    expense(activityOfClosedMatter.activityId, activityOfClosedMatter.matterId, 359, "Filing fee", 75),
    timeEntry(activityWithoutMatter.activityId, null, 350, "Staff meeting", 1),
    timeEntry(activityWithMarkup.activityId, activityWithMarkup.matterId, 354, activityWithMarkup.note, 0.2),
  );
  for (const matter of firm.matters) {
    const by = matter.responsible_staff_id ?? matter.responsible_attorney_id ?? 361;
    activities.push(
      timeEntry(10_000_000 + matter.id, matter.id, by, `Review of ${matter.display_number}`, 0.5),
    );
  }

  const { documentOfMatter, documentOfContact, documentInNestedFolder, documentInContactFolder } = cases;
  const [drafts, motions, pleadings, root] = documentInNestedFolder.folderIds;
  folders.push(
    folder(pleadings, "Pleadings", { parent_id: root }),
    folder(motions, "Motions", { parent_id: pleadings }),
    folder(drafts, "Drafts", { parent_id: motions }),
    folder(
      cases.folderOfContact.folderId,
      "Grace Holloway",
      { contact_id: cases.folderOfContact.contactId },
      true,
    ),
    folder(cases.strayFolder.folderId, "Firm templates", {}),
    ...chain("Archive", cases.deepFolder, {}),
    ...chain("Exhibits", cases.folderFarBelowMatter, { matter_id: cases.folderFarBelowMatter.matterId }),
  );
  documents.push(
    document(documentOfMatter.documentId, "Engagement letter.pdf", {
      matter_id: documentOfMatter.matterId,
      parent_id: documentOfMatter.parentId,
    }),
    document(documentOfContact.documentId, "Passport copy.pdf", { contact_id: documentOfContact.contactId }),
    document(documentInNestedFolder.documentId, "Motion to compel.pdf", { parent_id: drafts }),
    document(documentInContactFolder.documentId, "Birth certificate.pdf", {
      parent_id: documentInContactFolder.folderId,
    }),
    document(cases.strayDocument.documentId, cases.strayDocument.name, {}),
    document(cases.deepFolder.documentId, "Lost in the archive.pdf", {
      parent_id: cases.deepFolder.folderId,
    }),
  );

  Object.assign(firm, { activities, documents, folders });
}

/** So many folders in one another, with ascending ids; the top one has the links. */
function chain(
  name: string,
  { topFolderId, depth }: { topFolderId: number; depth: number },
  links: Links,
): FirmFolder[] {
  return Array.from({ length: depth }, (_, i) =>
    folder(topFolderId + i, `${name} ${i + 1}`, i === 0 ? links : { parent_id: topFolderId + i - 1 }),
  );
}
