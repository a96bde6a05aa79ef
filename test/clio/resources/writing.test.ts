import { describe, expect, test } from "vitest";
import type { Fault } from "../../../sandbox/fault-injector.ts";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import type { ClioAccess } from "../../../src/clio/paging.ts";
import { createPhoneLog, findPhoneLog, type PhoneLog } from "../../../src/clio/resources/communications.ts";
import { addPhoneNumber, createPerson } from "../../../src/clio/resources/contacts.ts";
import { createTask, findTask, type NewTask } from "../../../src/clio/resources/tasks.ts";
import {
  ClioPermissionError,
  ClioRateLimitedError,
  ClioUnprocessableError,
  NotFoundError,
} from "../../../src/errors.ts";
import type { RequestContext } from "../../../src/runtime/request-context.ts";
import { sandboxAccessForTest } from "./clio-access.ts";

const { janeDoe } = cases;

const phoneLog = (more: Partial<PhoneLog> = {}): PhoneLog => ({
  subject: "Call from Jane Doe",
  body: "Asked about the hearing.",
  receivedAt: Date.parse("2026-06-01T16:15:00Z"),
  matterId: janeDoe.matterId,
  from: [{ id: janeDoe.contactId, type: "Contact" }],
  to: [{ id: 350, type: "User" }],
  externalProperties: [{ name: "clio_call_router_call", value: "call-1" }],
  notifyUserIds: [350],
  ...more,
});

const newTask = (more: Partial<NewTask> = {}): NewTask => ({
  name: "Call Jane Doe back",
  description: "Asked about the hearing. Reference call-1",
  assigneeId: 350,
  dueOn: "2026-06-02",
  matterId: janeDoe.matterId,
  notifyAssignee: true,
  ...more,
});

describe("a phone log", () => {
  test("is created, and found by its external property", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const clio = accessOf();
    const property = { name: "clio_call_router_call", value: "call-1" };
    expect(await findPhoneLog(clio, property, context)).toBeNull();
    const id = await createPhoneLog(clio, phoneLog(), context);
    expect(sandbox.firms[0]?.communications).toMatchObject([
      {
        id,
        type: "PhoneCommunication",
        received_at: "2026-06-01T16:15:00Z",
        matter_id: janeDoe.matterId,
        senders: [{ id: janeDoe.contactId, type: "Contact" }],
        receivers: [{ id: 350, type: "User" }],
        notification_event_subscribers: [{ user_id: 350 }],
      },
    ]);
    expect(await findPhoneLog(clio, property, context)).toBe(id);
    expect(await findPhoneLog(clio, { ...property, value: "call-2" }, context)).toBeNull();
  });

  test("needs no matter", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    await createPhoneLog(accessOf(), phoneLog({ matterId: null, notifyUserIds: [] }), context);
    expect(sandbox.firms[0]?.communications).toMatchObject([{ matter_id: null }]);
  });

  test("of a matter that was deleted isn't found, and without the permission names it", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const log = phoneLog();
    sandbox.changes().removeMatter(janeDoe.matterId);
    await expect(createPhoneLog(accessOf(), log, context)).rejects.toThrow(NotFoundError);
    sandbox.firms[0]?.users.find(({ id }) => id === 350)?.permissions.delete("communications");
    const denied = createPhoneLog(accessOf(), log, context);
    await expect(denied).rejects.toThrow(ClioPermissionError);
    await expect(denied).rejects.toThrow("Communications (write)");
  });
});

describe("a task", () => {
  test("is created, and found by a text in its description", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const clio = accessOf();
    const search = { text: "call-1", assigneeId: 350, createdSince: Date.now() - 60_000 };
    expect(await findTask(clio, search, context)).toBeNull();
    const id = await createTask(clio, newTask(), context);
    expect(sandbox.firms[0]?.tasks).toMatchObject([
      { id, due_at: "2026-06-02", assignee: { id: 350, type: "User" }, notified_assignee: true },
    ]);
    expect(await findTask(clio, search, context)).toBe(id);
    expect(await findTask(clio, { ...search, assigneeId: 351 }, context)).toBeNull();
    expect(await findTask(clio, { ...search, createdSince: Date.now() + 60_000 }, context)).toBeNull();
  });
});

describe("a contact", () => {
  test("is created with a number", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const names = { firstName: "Ada", lastName: "Novello" };
    const id = await createPerson(accessOf(), { ...names, phoneNumber: "+14155550137" }, context);
    expect(sandbox.firms[0]?.contacts.find((each) => each.id === id)).toMatchObject({
      name: "Ada Novello",
      phone_numbers: [{ number: "+14155550137", primary: true }],
    });
    const unnamed = { firstName: "", lastName: "", phoneNumber: "+14155550137" };
    await expect(createPerson(accessOf(), unnamed, context)).rejects.toThrow(ClioUnprocessableError);
  });

  test("gets another number", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    await addPhoneNumber(accessOf(), janeDoe.contactId, "+14155550138", context);
    const contact = sandbox.firms[0]?.contacts.find(({ id }) => id === janeDoe.contactId);
    expect(contact?.phone_numbers).toMatchObject([
      { number: janeDoe.typed, primary: true },
      { number: "+14155550138", primary: false },
    ]);
  });

  test("can't be changed without the permission", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    sandbox.firms[0]?.users.find(({ id }) => id === 350)?.permissions.delete("contacts_write");
    await expect(addPhoneNumber(accessOf(), janeDoe.contactId, "+14155550138", context)).rejects.toThrow(
      "Contacts (write)",
    );
  });
});

describe("nothing is written twice", () => {
  const writes: [path: string, write: (clio: ClioAccess, context: RequestContext) => Promise<unknown>][] = [
    ["/api/v4/communications", (clio, context) => createPhoneLog(clio, phoneLog(), context)],
    ["/api/v4/tasks", (clio, context) => createTask(clio, newTask(), context)],
    [
      "/api/v4/contacts",
      (clio, context) =>
        createPerson(clio, { firstName: "Ada", lastName: "Novello", phoneNumber: "+14155550137" }, context),
    ],
    [
      `/api/v4/contacts/${janeDoe.contactId}`,
      (clio, context) => addPhoneNumber(clio, janeDoe.contactId, "+14155550138", context),
    ],
  ];
  const faults: Fault[] = [
    { kind: "reset" },
    { kind: "status", status: 502 },
    { kind: "status", status: 503 },
    { kind: "status", status: 504 },
    { kind: "status", status: 429, retryAfter: 0 },
    { kind: "broken_json" },
  ];

  test.each(writes)("%s is sent once, whatever happens to its response", async (path, write) => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const clio = accessOf();
    for (const fault of faults) {
      sandbox.counts.clear();
      sandbox.fault({ ...fault, path });
      await expect(write(clio, context), fault.kind).rejects.toThrow();
      const sent = [...sandbox.counts.values()].reduce((sum, each) => sum + each, 0);
      expect(sent, JSON.stringify(fault)).toBe(1);
    }
  });

  test("a rejected token is no reason to give up: Clio has done nothing yet", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    const clio = accessOf();
    sandbox.expireTokens();
    await createPhoneLog(clio, phoneLog(), context);
    expect(sandbox.firms[0]?.communications).toHaveLength(1);
  });

  test("a used-up rate limit is an error of its own", async () => {
    const { sandbox, accessOf, context } = await sandboxAccessForTest();
    sandbox.setRequestsPerMinute(0);
    await expect(createPhoneLog(accessOf(), phoneLog(), context)).rejects.toThrow(ClioRateLimitedError);
  });
});
