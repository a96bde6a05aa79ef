import { CREATED_AT, UPDATED_AT } from "./clio-time.ts";

/** The fields that documents and folders share. */
interface FirmFile {
  id: number;
  name: string;
  locked: boolean;
  matter_id: number | null;
  contact_id: number | null;
  /** The folder that contains it. */
  parent_id: number | null;
  creator_id: number | null;
  deleted_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface FirmFolder extends FirmFile {
  type: "Folder";
  /** Whether it is the root folder of its matter or contact. */
  root: boolean;
}

export interface FirmDocument extends FirmFile {
  type: "Document";
  filename: string;
  /** In bytes. */
  size: number;
  content_type: string;
  received_at: string;
}

/** The matter, contact and folder it belongs to; default: null. */
export type Links = Partial<Pick<FirmFile, "matter_id" | "contact_id" | "parent_id">>;

/** Creates a folder. */
export function folder(id: number, name: string, links: Links, root = false): FirmFolder {
  return { ...fileFields(id, name, links), type: "Folder", root };
}

/** Creates a PDF document. */
export function document(id: number, name: string, links: Links): FirmDocument {
  return {
    ...fileFields(id, name, links),
    type: "Document",
    filename: name,
    size: 48_213,
    content_type: "application/pdf",
    received_at: UPDATED_AT,
  };
}

function fileFields(id: number, name: string, links: Links): FirmFile {
  return {
    id,
    name,
    locked: false,
    matter_id: null,
    contact_id: null,
    parent_id: null,
    creator_id: 350,
    deleted_at: null,
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
    ...links,
  };
}
