import type { Firm } from "./firm.ts";
import { expense, type FirmActivity, timeEntry } from "./firm-activities.ts";
import { document, type FirmDocument, type FirmFolder, folder, type Links } from "./firm-files.ts";

/** Activities, documents and folders, named by the matter or contact they are linked to. */
export const linkedRecordCases = {
  /** A time entry on Jane Doe's matter. */
  activityOfJaneDoe: { activityId: 910001, matterId: 1834567 },
  /** An expense on a closed matter. */
  activityOfClosedMatter: { activityId: 910002, matterId: 1834585 },
  /** A time entry without a matter. */
  activityWithoutMatter: { activityId: 910003 },
  /** A time entry whose note is markup. */
  activityWithMarkup: { activityId: 910004, matterId: 1834568, note: '<img src=x onerror="alert(1)">' },
  /** In the root folder of Jane Doe's matter, and linked to the matter itself. */
  documentOfMatter: { documentId: 920001, matterId: 1834567, parentId: 21834567 },
  /** Linked only to a contact. */
  documentOfContact: { documentId: 920002, contactId: 2512428565 },
  /**
   * Three folders below the root folder of Jane Doe's matter. Only the root folder is linked to the matter. `folderIds`
   * are the folders above the document, nearest first.
   */
  documentInNestedFolder: {
    documentId: 920003,
    folderIds: [930003, 930002, 930001, 21834567],
    matterId: 1834567,
  },
  /** In a folder that is linked only to a contact. */
  documentInContactFolder: { documentId: 920004, folderId: 930004, contactId: 2512428516 },
  /** Linked to no matter, contact or folder. Its name is a spreadsheet formula. */
  strayDocument: { documentId: 920005, name: "=1+1.pdf" },
  /** The root folder of Jane Doe's matter. Every matter has one, whose ID is the matter's plus 20,000,000. */
  folderOfMatter: { folderId: 21834567, matterId: 1834567 },
  /** Linked only to a contact. */
  folderOfContact: { folderId: 930004, contactId: 2512428516 },
  /** Linked to nothing. */
  strayFolder: { folderId: 930005 },
  /** The innermost of 12 nested folders without links, and a document in it. */
  deepFolder: { folderId: 930112, topFolderId: 930101, depth: 12, documentId: 920006 },
  /** The innermost of 12 nested folders. The outermost, 11 levels up, is linked to a matter. */
  folderFarBelowMatter: { folderId: 930212, topFolderId: 930201, depth: 12, matterId: 1834567 },
} as const;

/** Adds these records to the example firm, and a root folder and an activity for each of its matters. */
export function addLinkedRecords(firm: Firm): void {
  const cases = linkedRecordCases;
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
    const userId = matter.responsible_staff_id ?? matter.responsible_attorney_id ?? 361;
    activities.push(
      timeEntry(10_000_000 + matter.id, matter.id, userId, `Review of ${matter.display_number}`, 0.5),
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
    ...nestedFolders("Archive", cases.deepFolder, {}),
    ...nestedFolders("Exhibits", cases.folderFarBelowMatter, {
      matter_id: cases.folderFarBelowMatter.matterId,
    }),
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

/** Nested folders with ascending IDs. The outermost has the links. */
function nestedFolders(
  name: string,
  { topFolderId, depth }: { topFolderId: number; depth: number },
  links: Links,
): FirmFolder[] {
  return Array.from({ length: depth }, (_, i) =>
    folder(topFolderId + i, `${name} ${i + 1}`, i === 0 ? links : { parent_id: topFolderId + i - 1 }),
  );
}
