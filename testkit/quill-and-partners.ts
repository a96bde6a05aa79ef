import { exampleFirm } from "../sandbox/firms/example-firm.ts";
import type { Firm } from "../sandbox/firms/firm.ts";

/** A second firm for the sandbox, with one user and no records. */
export function quillAndPartners(): Firm {
  const [firstUser] = exampleFirm().users;
  if (!firstUser) throw new Error("the example firm has no users");
  const users = [{ ...firstUser, id: 10_350, name: "Q. Quill", email: "q@quill.example" }];
  return { account: { id: 88_002, name: "Quill & Partners" }, users, contacts: [], matters: [] };
}
