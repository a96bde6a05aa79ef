import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { user } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, apiOf } from "./client.ts";

let sandbox: Sandbox;
let get: (path: string) => Promise<Answer>;

beforeAll(async () => {
  sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
  get = apiOf(sandbox);
});
afterAll(() => sandbox.close());

const LINKS = "matter{id},contact{id},parent{id}";

describe.each([
  ["activities", cases.activityOfJaneDoe.activityId],
  ["documents", cases.documentOfMatter.documentId],
  ["folders", cases.folderOfMatter.folderId],
])("%s", (kind, id) => {
  test("are served with and without .json, by default with id and etag", async () => {
    for (const path of [`${kind}/${id}`, `${kind}/${id}.json`]) {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      expect(body.data).toEqual({ id, etag: expect.any(String) });
    }
  });

  test("have no list, and an unknown ID gets 404", async () => {
    for (const path of [kind, `${kind}/1`, `${kind}/abc`]) expect((await get(path)).status).toBe(404);
  });

  test.each(["shoe_size", "matter_id", "matter{client{id}}", "matter{client}", "id{id}"])(
    "fields=%s gets 400",
    async (fields) => {
      expect(await get(`${kind}/${id}?fields=${fields}`)).toMatchObject({
        status: 400,
        body: { error: { type: "ArgumentError" } },
      });
    },
  );

  test("require their own permission and no other", async () => {
    const own = kind === "folders" ? "documents" : kind;
    const limited = sandbox.firms[0]!.users.find((each) => each.id === 353)!;
    const read = apiOf(sandbox, 353);
    const before = limited.permissions;
    limited.permissions = new Set([...before].filter((permission) => permission === own));
    expect((await read(`${kind}/${id}`)).status).toBe(200);
    limited.permissions = new Set([...before].filter((permission) => permission !== own));
    expect(await read(`${kind}/${id}`)).toMatchObject({
      status: 403,
      body: { error: { type: "Forbidden" } },
    });
    limited.permissions = before;
  });
});

test("an activity has a matter, a user and amounts", async () => {
  const { activityId, matterId } = cases.activityOfJaneDoe;
  const { body } = await get(
    `activities/${activityId}?fields=type,date,note,quantity,quantity_in_hours,total,matter{id,display_number},user{name},subject,bill{id}`,
  );
  expect(body.data).toEqual({
    type: "TimeEntry",
    date: "2026-03-20",
    note: "Call with client",
    quantity: 1440,
    quantity_in_hours: 0.4,
    total: 120,
    matter: { id: matterId, display_number: "00042-Doe" },
    user: { name: "Felix Dubinsky" },
    subject: null,
    bill: null,
  });
});

test("an activity's matter can be null", async () => {
  const { body } = await get(`activities/${cases.activityWithoutMatter.activityId}?fields=matter{id}`);
  expect(body.data).toEqual({ matter: null });
});

test("a document has its own fields, its matter, folder and creator", async () => {
  const { documentId, matterId, parentId } = cases.documentOfMatter;
  const { body } = await get(
    `documents/${documentId}?fields=type,name,filename,content_type,matter{id},contact,parent{id,name,root},creator{name,type},latest_document_version{filename,version_number},external_properties`,
  );
  expect(body.data).toEqual({
    type: "Document",
    name: "Engagement letter.pdf",
    filename: "Engagement letter.pdf",
    content_type: "application/pdf",
    matter: { id: matterId },
    contact: null,
    parent: { id: parentId, name: "00042-Doe", root: true },
    creator: { name: "Felix Dubinsky", type: "ManageUser" },
    latest_document_version: { filename: "Engagement letter.pdf", version_number: 1 },
    external_properties: [],
  });
});

test.each([
  ["documents", cases.documentOfContact.documentId, { contact: { id: cases.documentOfContact.contactId } }],
  ["documents", cases.strayDocument.documentId, {}],
  ["documents", cases.documentInContactFolder.documentId, { parent: { id: cases.folderOfContact.folderId } }],
  ["folders", cases.folderOfContact.folderId, { contact: { id: cases.folderOfContact.contactId } }],
  ["folders", cases.folderOfMatter.folderId, { matter: { id: cases.folderOfMatter.matterId } }],
  ["folders", cases.strayFolder.folderId, {}],
])("%s/%i has the links of its test case", async (kind, id, links) => {
  const { body } = await get(`${kind}/${id}?fields=${LINKS}`);
  expect(body.data).toEqual({ matter: null, contact: null, parent: null, ...links });
});

/** The links of a document or folder and of the folders above it, nearest first. */
async function linksUpwards(kind: string, id: number) {
  const steps: { id: number; matter: { id: number } | null; contact: { id: number } | null }[] = [];
  let at = (await get(`${kind}/${id}?fields=id,${LINKS}`)).body.data;
  for (;;) {
    steps.push({ id: at.id, matter: at.matter, contact: at.contact });
    if (!at.parent) return steps;
    at = (await get(`folders/${at.parent.id}?fields=id,${LINKS}`)).body.data;
  }
}

test("only the root folder above the nested document is linked to a matter", async () => {
  const { documentId, folderIds, matterId } = cases.documentInNestedFolder;
  const steps = await linksUpwards("documents", documentId);
  expect(steps.map(({ id }) => id)).toEqual([documentId, ...folderIds]);
  expect(steps.map(({ matter }) => matter?.id ?? null)).toEqual([null, null, null, null, matterId]);
});

test("one deeply nested folder has no links above it; the other has a matter more than ten levels up", async () => {
  const steps = await linksUpwards("folders", cases.deepFolder.folderId);
  expect(steps).toHaveLength(12);
  expect(steps.filter(({ matter, contact }) => matter || contact)).toEqual([]);
  expect((await linksUpwards("documents", cases.deepFolder.documentId)).slice(1)).toEqual(steps);
  const others = await linksUpwards("folders", cases.folderFarBelowMatter.folderId);
  expect(others.map(({ matter }) => matter?.id ?? null)).toEqual([
    ...Array(11).fill(null),
    cases.folderFarBelowMatter.matterId,
  ]);
});

test("every matter has a root folder", async () => {
  const { body } = await get("matters?fields=id,folder{id,root}&limit=200");
  for (const { id, folder } of body.data) expect(folder).toEqual({ id: 20_000_000 + id, root: true });
  const contact = await get(`contacts/${cases.folderOfContact.contactId}?fields=folder{id}`);
  expect(contact.body.data).toEqual({ folder: { id: cases.folderOfContact.folderId } });
});

test("a hidden contact is null on a document and a folder", async () => {
  const restricted = sandbox.firms[0]!.users.find(({ id }) => id === 352)!;
  for (const { contactId } of [cases.documentOfContact, cases.folderOfContact]) {
    restricted.hiddenContacts.add(contactId);
  }
  const read = apiOf(sandbox, 352);
  const document = await read(`documents/${cases.documentOfContact.documentId}?fields=contact{id}`);
  const folder = await read(`folders/${cases.folderOfContact.folderId}?fields=contact{id}`);
  expect([document.body.data, folder.body.data]).toEqual([{ contact: null }, { contact: null }]);
});

test("a record of another firm gets 404", async () => {
  const other = {
    account: { id: 5, name: "Other" },
    users: [user(900, "Una Large")],
    contacts: [],
    matters: [],
  };
  const both = await startSandbox({ firms: [sandbox.firms[0]!, other] });
  const read = apiOf(both, 900);
  expect((await read(`documents/${cases.documentOfMatter.documentId}`)).status).toBe(404);
  expect((await read(`activities/${cases.activityOfJaneDoe.activityId}`)).status).toBe(404);
  await both.close();
});
