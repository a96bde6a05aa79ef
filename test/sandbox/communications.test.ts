import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { PERMISSIONS, user } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf } from "./client.ts";

const { janeDoe, bookkeeper } = cases;
const WITHOUT_PERMISSION = 399;
const NOW = Date.parse("2026-06-01T16:30:00Z");

let sandbox: Sandbox;
let send: ReturnType<typeof apiOf>;

beforeEach(async () => {
  const firm = exampleFirm();
  const granted = PERMISSIONS.filter((each) => each !== "communications" && each !== "tasks");
  firm.users.push(user(WITHOUT_PERMISSION, "Sid Small", { permissions: new Set(granted) }));
  sandbox = await startSandbox({
    firms: [firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now: () => NOW,
  });
  send = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Awaited<ReturnType<typeof send>>): number[] =>
  answer.body.data.map(({ id }: { id: number }) => id);

const phoneLog = (more: object = {}) => ({
  type: "PhoneCommunication",
  subject: "Call from Jane Doe",
  body: "Asked about the hearing.",
  received_at: "2026-06-01T09:15:00-07:00",
  matter: { id: janeDoe.matterId },
  senders: [{ id: janeDoe.contactId, type: "Contact" }],
  receivers: [{ id: 350, type: "User" }],
  external_properties: [{ name: "router_call", value: "call-1" }],
  notification_event_subscribers: [{ user_id: "350" }],
  ...more,
});

async function createLog(more: object = {}): Promise<number> {
  const answer = await send("communications.json", "POST", phoneLog(more));
  expect(answer.status).toBe(201);
  return answer.body.data.id;
}

describe("POST /communications", () => {
  test("creates a phone log", async () => {
    const { status, body } = await send(
      "communications?fields=id,etag,type,subject,body,date,received_at,user{id},matter{display_number},senders{id,type,name},receivers{id,type,name},external_properties{name,value},notification_event_subscribers{user_id,name}",
      "POST",
      phoneLog(),
    );
    expect(status).toBe(201);
    expect(body.data).toEqual({
      id: expect.any(Number),
      etag: expect.any(String),
      type: "PhoneCommunication",
      subject: "Call from Jane Doe",
      body: "Asked about the hearing.",
      date: "2026-06-01",
      received_at: "2026-06-01T16:15:00Z",
      user: { id: 350 },
      matter: { display_number: "00042-Doe" },
      senders: [{ id: janeDoe.contactId, type: "Person", name: "Jane Doe" }],
      receivers: [{ id: 350, type: "User", name: "Felix Dubinsky" }],
      external_properties: [{ name: "router_call", value: "call-1" }],
      notification_event_subscribers: [{ user_id: 350, name: "Felix Dubinsky" }],
    });
    expect((await send(`communications/${body.data.id}?fields=subject`)).body.data).toEqual({
      subject: "Call from Jane Doe",
    });
  });

  test("a repeated request creates a second log", async () => {
    const [one, other] = [await createLog(), await createLog()];
    expect(ids(await send("communications?order=id(asc)"))).toEqual([one, other]);
  });

  test.each<[what: string, more: object, status: number, message: string]>([
    ["no type", { type: undefined }, 422, "type"],
    ["an unknown type", { type: "Letter" }, 422, "type"],
    ["a blank subject", { subject: "  " }, 422, "subject can't be blank"],
    ["no body", { body: undefined }, 422, "body can't be blank"],
    ["a null matter", { matter: null }, 422, "matter"],
    ["a matter that doesn't exist", { matter: { id: 1 } }, 404, "found"],
    ["a contact that doesn't exist", { senders: [{ id: 1, type: "Contact" }] }, 404, "found"],
    ["a user that doesn't exist", { receivers: [{ id: 1, type: "User" }] }, 404, "found"],
    ["a participant of the wrong type", { senders: [{ id: 350, type: "Person" }] }, 422, "senders"],
    ["a date that is none", { received_at: "yesterday" }, 422, "received_at"],
    ["a subscriber's ID as a number", { notification_event_subscribers: [{ user_id: 350 }] }, 422, "user_id"],
    [
      "six external properties",
      { external_properties: Array.from({ length: 6 }, (_, i) => ({ name: `n${i}`, value: "v" })) },
      422,
      "external_properties",
    ],
    ["subscribers of an email", { type: "EmailCommunication" }, 422, "notification_event_subscribers"],
    ["a property that Clio doesn't have", { from: "Jane" }, 400, "from"],
  ])("%s is refused and creates nothing", async (_what, more, status, message) => {
    const answer = await send("communications", "POST", phoneLog(more));
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(message) } } });
    expect(ids(await send("communications"))).toEqual([]);
  });

  test("a contact that is hidden from the user is not found", async () => {
    const answer = await apiOf(sandbox, bookkeeper.userId)("communications", "POST", phoneLog());
    expect(answer.status).toBe(404);
  });

  test("a missing permission gets 403 for any request", async () => {
    const withoutPermission = apiOf(sandbox, WITHOUT_PERMISSION);
    expect((await withoutPermission("communications", "POST", phoneLog())).status).toBe(403);
    expect((await withoutPermission("communications")).status).toBe(403);
    expect((await withoutPermission("tasks", "POST", {})).status).toBe(403);
  });

  test("requests count against the rate limit", async () => {
    sandbox.setRequestsPerMinute(1);
    await createLog();
    expect((await send("communications", "POST", phoneLog())).status).toBe(429);
    sandbox.setRequestsPerMinute(Number.POSITIVE_INFINITY);
    expect(ids(await send("communications"))).toHaveLength(1);
  });
});

describe("GET /communications", () => {
  test("finds a log by its external property", async () => {
    const one = await createLog();
    const other = await createLog({ external_properties: [{ name: "router_call", value: "call-2" }] });
    await createLog({ external_properties: [] });
    const find = (query: string) => send(`communications?type=PhoneCommunication&order=id(asc)&${query}`);
    expect(ids(await find("external_property_name=router_call&external_property_value=call-2"))).toEqual([
      other,
    ]);
    expect(ids(await find("external_property_name=router_call"))).toEqual([one, other]);
    expect(ids(await find("external_property_name=another&external_property_value=call-2"))).toEqual([]);
  });

  test("filters by type, matter, participants and text", async () => {
    const one = await createLog();
    const other = await createLog({
      type: "EmailCommunication",
      subject: "Re: documents",
      notification_event_subscribers: [],
      matter: undefined,
      senders: [{ id: 354, type: "User" }],
      receivers: [],
    });
    expect(ids(await send("communications?type=EmailCommunication"))).toEqual([other]);
    expect(ids(await send(`communications?matter_id=${janeDoe.matterId}`))).toEqual([one]);
    expect(ids(await send("communications?matter_id=null"))).toEqual([other]);
    expect(ids(await send(`communications?contact_id=${janeDoe.contactId}`))).toEqual([one]);
    expect(ids(await send("communications?user_id=354"))).toEqual([other]);
    expect(ids(await send("communications?query=documents"))).toEqual([other]);
    expect(ids(await send("communications?received_since=2026-06-02T00:00:00Z"))).toEqual([]);
  });

  test("is ordered by date unless the request says otherwise", async () => {
    const late = await createLog({ date: "2026-05-30" });
    const early = await createLog({ date: "2026-05-29" });
    expect(ids(await send("communications"))).toEqual([early, late]);
    expect(ids(await send("communications?order=id(asc)"))).toEqual([late, early]);
  });

  test("doesn't name a contact that is hidden from the user", async () => {
    const id = await createLog();
    const read = apiOf(sandbox, bookkeeper.userId);
    const { data } = (await read(`communications/${id}?fields=senders{name},receivers{name}`)).body;
    expect(data).toEqual({ senders: [], receivers: [{ name: "Felix Dubinsky" }] });
    expect(ids(await read(`communications?contact_id=${janeDoe.contactId}`))).toEqual([]);
  });
});

describe("PATCH and DELETE /communications/:id", () => {
  test("changes a log that has not changed since", async () => {
    const id = await createLog();
    const { etag } = (await send(`communications/${id}`)).body.data;
    const patch = (subject: string) =>
      send(`communications/${id}?fields=etag,subject`, "PATCH", { subject }, { "If-Match": etag });
    const changed = await patch("Call about the hearing");
    expect(changed).toMatchObject({ status: 200, body: { data: { subject: "Call about the hearing" } } });
    expect(changed.body.data.etag).not.toBe(etag);
    expect((await patch("Too late")).status).toBe(412);
    expect((await send(`communications/${id}?fields=subject`)).body.data.subject).toBe(
      "Call about the hearing",
    );
  });

  test("moves a log to another matter", async () => {
    const id = await createLog();
    await send(`communications/${id}`, "PATCH", { matter: { id: cases.attorneyOnly.matterId } });
    expect((await send(`communications/${id}?fields=matter{id}`)).body.data.matter.id).toBe(
      cases.attorneyOnly.matterId,
    );
    expect((await send(`communications/${id}`, "PATCH", { matter: { id: 1 } })).status).toBe(404);
  });

  test("deletes a log", async () => {
    const id = await createLog();
    expect((await send(`communications/${id}`, "DELETE")).status).toBe(204);
    expect((await send(`communications/${id}`)).status).toBe(404);
    expect((await send(`communications/${id}`, "DELETE")).status).toBe(404);
    expect(await createLog()).not.toBe(id);
  });
});

describe("tasks", () => {
  const task = (more: object = {}) => ({
    name: "Call Jane Doe back",
    description: "She asked about the hearing.",
    assignee: { id: 350, type: "User" },
    due_at: "2026-06-02T00:00:00Z",
    matter: { id: janeDoe.matterId },
    ...more,
  });

  test("are created and listed", async () => {
    const created = await send(
      "tasks?fields=id,name,description,status,priority,permission,due_at,assignee{id,type,name},assigner{id},matter{id}",
      "POST",
      task(),
    );
    expect(created.status).toBe(201);
    expect(created.body.data).toEqual({
      id: expect.any(Number),
      name: "Call Jane Doe back",
      description: "She asked about the hearing.",
      status: "pending",
      priority: "Normal",
      permission: "public",
      due_at: "2026-06-02",
      assignee: { id: 350, type: "User", name: "Felix Dubinsky" },
      assigner: { id: 350 },
      matter: { id: janeDoe.matterId },
    });
    const { id } = created.body.data;
    const find = (query: string) => send(`tasks?${query}`);
    expect(ids(await find("assignee_id=350&assignee_type=user"))).toEqual([id]);
    expect(ids(await find("assignee_id=351&assignee_type=user"))).toEqual([]);
    expect(ids(await find(`matter_id=${janeDoe.matterId}&complete=false`))).toEqual([id]);
    expect(ids(await find("query=hearing&due_at_from=2026-06-02"))).toEqual([id]);
    expect(ids(await find("due_at_to=2026-06-01"))).toEqual([]);
    expect((await send(`tasks/${id}`)).status).toBe(200);
  });

  test.each<[what: string, more: object, status: number, message: string]>([
    ["no name", { name: undefined }, 422, "name can't be blank"],
    ["a blank description", { description: "" }, 422, "description can't be blank"],
    ["no assignee", { assignee: undefined }, 422, "assignee"],
    ["an assignee that doesn't exist", { assignee: { id: 1, type: "User" } }, 404, "found"],
    ["an unknown priority", { priority: "high" }, 422, "priority"],
    ["external properties", { external_properties: [] }, 400, "external_properties"],
  ])("%s is refused and creates nothing", async (_what, more, status, message) => {
    const answer = await send("tasks", "POST", task(more));
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(message) } } });
    expect(ids(await send("tasks"))).toEqual([]);
  });

  test("a private task is visible to the two users it concerns", async () => {
    const { id } = (
      await send("tasks", "POST", task({ permission: "private", assignee: { id: 351, type: "User" } }))
    ).body.data;
    expect(ids(await send("tasks"))).toEqual([id]);
    expect(ids(await apiOf(sandbox, 351)("tasks"))).toEqual([id]);
    expect(ids(await apiOf(sandbox, 352)("tasks"))).toEqual([]);
    expect((await apiOf(sandbox, 352)(`tasks/${id}`)).status).toBe(404);
  });
});
