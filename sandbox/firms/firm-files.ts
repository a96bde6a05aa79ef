import { CREATED, UPDATED } from "./record-times.ts";

/** What documents and folders have alike: the things they belong to, each of them optional. */
interface Filed {
  id: number;
  name: string;
  locked: boolean;
  matter_id: number | null;
  contact_id: number | null;
  /** The folder it lies in. */
  parent_id: number | null;
  creator_id: number | null;
  deleted_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface FirmFolder extends Filed {
  type: "Folder";
  /** Whether it is the one that holds everything of its matter or contact. */
  root: boolean;
}

export interface FirmDocument extends Filed {
  type: "Document";
  filename: string;
  /** In bytes. */
  size: number;
  content_type: string;
  received_at: string;
}

/** Where a document or a folder belongs; what is not said is null. */
export type Links = Partial<Pick<Filed, "matter_id" | "contact_id" | "parent_id">>;

export function folder(id: number, name: string, links: Links, root = false): FirmFolder {
  return { ...filed(id, name, links), type: "Folder", root };
}

/** A PDF. */
export function document(id: number, name: string, links: Links): FirmDocument {
  return {
    ...filed(id, name, links),
    type: "Document",
    filename: name,
    size: 48_213,
    content_type: "application/pdf",
    received_at: UPDATED,
  };
}

function filed(id: number, name: string, links: Links): Filed {
  return {
    id,
    name,
    locked: false,
    matter_id: null,
    contact_id: null,
    parent_id: null,
    creator_id: 350,
    deleted_at: null,
    created_at: CREATED,
    updated_at: UPDATED,
    ...links,
  };
}
