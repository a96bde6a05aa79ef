import { afterEach, beforeEach, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { user } from "../../sandbox/firms/firm.ts";
import { relationship } from "../../sandbox/firms/firm-relationships.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, apiOf } from "./client.ts";

const CONTACTS_ONLY = 399;
const { spouse, opposingCounsel, withoutDescription } = cases;

let sandbox: Sandbox;
let get: ReturnType<typeof apiOf>;
let now = Date.parse("2026-06-01T16:30:00Z");

beforeEach(async () => {
  const firm = exampleFirm();
  firm.users.push(user(CONTACTS_ONLY, "Sid Small", { permissions: new Set(["contacts"]) }));
  sandbox = await startSandbox({
    firms: [firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now: () => now,
  });
  get = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Answer): number[] => answer.body.data.map(({ id }: { id: number }) => id);
const [firstId, secondId] = opposingCounsel.relationshipIds;

test("are found by contact, matter and IDs", async () => {
  const { data } = (
    await get(
      `relationships?contact_id=${spouse.contactId}&fields=id,description,contact{name},matter{id,display_number,status}`,
    )
  ).body;
  expect(data).toEqual([
    {
      id: spouse.relationshipId,
      description: "Spouse",
      contact: { name: spouse.name },
      matter: { id: spouse.matterId, display_number: "00052-Tate", status: "Open" },
    },
  ]);
  expect(ids(await get(`relationships?contact_id=${opposingCounsel.contactId}`))).toEqual([
    firstId,
    secondId,
  ]);
  expect(ids(await get(`relationships?matter_id=${opposingCounsel.matterIds[1]}`))).toEqual([secondId]);
  expect(ids(await get(`relationships?ids[]=${firstId}&ids[]=1`))).toEqual([firstId]);
  expect((await get(`relationships/${firstId}?fields=description`)).body.data).toEqual({
    description: opposingCounsel.description,
  });
  expect((await get("relationships/1")).status).toBe(404);
  expect((await get("relationships?contact_id=null")).status).toBe(400);
});

test("are paged by cursor", async () => {
  const first = await get("relationships?limit=4");
  expect(ids(first)).toHaveLength(4);
  const second = await get(first.body.meta.paging.next);
  expect([...ids(first), ...ids(second)]).toEqual(ids(await get("relationships")));
  expect(second.body.meta.paging.next).toBeUndefined();
});

test("can be added, changed and removed, and updated_since finds the changes", async () => {
  const since = "2026-06-01T16:30:00Z";
  const changed = () => get(`relationships?updated_since=${since}`).then(ids);
  expect(await changed()).toEqual([]);
  now += 60_000;
  const changes = sandbox.changes();
  changes.addRelationship(relationship(960001, cases.janeDoe.matterId, spouse.contactId, "Sister"));
  changes.relationship(firstId, { description: "Co-counsel" });
  expect(await changed()).toEqual([firstId, 960001]);
  expect(ids(await get(`relationships?contact_id=${spouse.contactId}`))).toEqual([
    spouse.relationshipId,
    960001,
  ]);
  changes.removeRelationship(960001);
  expect(ids(await get(`relationships?contact_id=${spouse.contactId}`))).toEqual([spouse.relationshipId]);
  expect(() => changes.addRelationship(relationship(960002, 1, spouse.contactId))).toThrow("no matter 1");
});

test("end with their contact or matter", async () => {
  sandbox.changes().removeContact(spouse.contactId);
  sandbox.changes().removeMatter(opposingCounsel.matterIds[0]);
  const left = ids(await get("relationships"));
  expect(left).not.toContain(spouse.relationshipId);
  expect(left).not.toContain(firstId);
  expect(left).toContain(secondId);
});

test("can be moved to another contact", async () => {
  sandbox.changes().relationship(spouse.relationshipId, { contact_id: cases.adjuster.contactId });
  expect(ids(await get(`relationships?contact_id=${spouse.contactId}`))).toEqual([]);
  expect(ids(await get(`relationships?contact_id=${cases.adjuster.contactId}`))).toEqual([
    spouse.relationshipId,
    cases.adjuster.relationshipId,
  ]);
});

test("can be changed by another process", async () => {
  const post = async (changes: unknown) =>
    fetch(`${sandbox.url}/sandbox/changes`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(changes),
    }).then(({ status }) => status);
  const record = { contact_id: spouse.contactId, matter_id: cases.janeDoe.matterId, description: null };
  expect(
    await post([
      { kind: "relationship", change: "add", id: 960001, record },
      { kind: "relationship", change: "update", id: 960001, record: { description: "Sister" } },
      { kind: "relationship", change: "remove", id: spouse.relationshipId },
    ]),
  ).toBe(204);
  const { data } = (await get(`relationships?contact_id=${spouse.contactId}&fields=id,description`)).body;
  expect(data).toEqual([{ id: 960001, description: "Sister" }]);
  expect(await post([{ kind: "relationship", change: "add", id: 960002 }])).toBe(400);
});

test("a hidden contact is null, and can't be searched for", async () => {
  const read = apiOf(sandbox, cases.bookkeeper.userId);
  const { relationshipId, contactId } = withoutDescription;
  const { data } = (await read(`relationships/${relationshipId}?fields=contact{id},matter{id},description`))
    .body;
  expect(data).toEqual({ contact: null, matter: { id: withoutDescription.matterId }, description: null });
  expect(ids(await read(`relationships?contact_id=${contactId}`))).toEqual([]);
});

test("a missing permission gets 403", async () => {
  expect((await apiOf(sandbox, CONTACTS_ONLY)("relationships")).status).toBe(403);
});
