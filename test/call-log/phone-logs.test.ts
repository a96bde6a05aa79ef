import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { describe, expect, test, vi } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { metric, POLL_INTERVAL_MS, until } from "../../testkit/mirror.ts";
import {
  connectUser,
  folderForTest,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { inStore } from "./in-store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOGS = "/api/v4/communications";
const FOREVER = Number.POSITIVE_INFINITY;

const REPORT = {
  caller_id: cases.janeDoe.phone,
  call_id: "call-1",
  summary: "Jane asked when the hearing is.",
  transcript: "Receptionist: Hello.",
  message: "Please call me back.",
  duration: "3:12",
  started_at: "2026-05-29T15:00:00Z",
};

/** A connected firm whose clock, and Clio's, the test controls. A Friday. */
async function setUp({
  env = {},
  sandbox: options = {},
}: {
  env?: Record<string, string>;
  sandbox?: SandboxOptions;
} = {}) {
  const clock = { now: Date.parse("2026-05-29T15:05:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ ...options, now });
  const folder = await folderForTest();
  const start = () => serviceForTest(sandbox.url, { folder, now, pollIntervalMs: POLL_INTERVAL_MS, env });
  let service: RunningService = await start();
  const { key, browser } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
  const [firm] = sandbox.firms;
  if (key === null || !firm) throw new Error("the firm isn't connected");
  return {
    clock,
    now,
    sandbox,
    firm,
    key,
    browser,
    get service() {
      return service;
    },
    async report(change: object = {}): Promise<string> {
      const { status, body } = await supertest(service.url)
        .post("/after-call")
        .set("Authorization", `Bearer ${key}`)
        .send({ ...REPORT, ...change });
      expect(status).toBe(202);
      return body.id as string;
    },
    ask: (query: Record<string, string>) =>
      supertest(service.url).get("/route-call").query(query).set("Authorization", `Bearer ${key}`),
    async restart() {
      await service.close();
      service = await start();
    },
    /** The phone logs in Clio. */
    logs: () => (firm.communications ?? []).filter(({ type }) => type === "PhoneCommunication"),
    tasks: () => firm.tasks ?? [],
    /** A state of the outbox, from the metrics. */
    count: async (state: string) => metric(service, `phone_logs{state="${state}"}`),
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

async function callOf({ service }: Pick<Setup, "service">, id: string) {
  await service.close();
  return inStore(service, ({ callList }, firmId) => callList.find(firmId, id));
}

/** The failed tries of the only call. */
function attemptsIn({ databaseFile }: RunningService): unknown {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    return database.prepare("select log_attempts from calls").get()?.log_attempts;
  } finally {
    database.close();
  }
}

/** Moves the clock on in steps, each with time for some rounds of the worker, until a condition holds. */
async function advanceUntil({ clock }: Setup, stepMs: number, check: () => unknown): Promise<void> {
  await vi.waitFor(
    async () => {
      clock.now += stepMs;
      await check();
    },
    { timeout: 30_000, interval: 4 * POLL_INTERVAL_MS },
  );
}

describe("a reported call", () => {
  test("becomes a phone log on the matter of the call", async () => {
    const context = await setUp();
    await context.ask({ caller_id: cases.janeDoe.phone });
    const id = await context.report({
      name: "Jane D.",
      transferred_to: "Felix",
      recording_url: "https://recordings.example.com/1",
    });
    await until(() => expect(context.logs()).toHaveLength(1));
    const [log] = context.logs();
    expect(log).toMatchObject({
      subject: "Call from Jane Doe",
      matter_id: cases.janeDoe.matterId,
      senders: [{ id: cases.janeDoe.contactId, type: "Contact" }],
      receivers: [{ id: 350, type: "User" }],
      external_properties: [{ name: "clio_call_router_call", value: id }],
      notification_event_subscribers: [{ user_id: 350 }],
    });
    expect(Date.parse(log?.received_at ?? "")).toBe(Date.parse(REPORT.started_at));
    expect(log?.body).toBe(
      [
        "Jane asked when the hearing is.",
        "",
        "Message:",
        "Please call me back.",
        "",
        "Caller's number: +14155550171",
        "Name given: Jane D.",
        "Asked for: Felix Dubinsky",
        "Transferred to: Felix",
        "Time: May 29, 2026 at 8:00 AM PDT",
        "Duration: 3 min 12 s",
        "Recording: https://recordings.example.com/1",
      ].join("\n"),
    );
    expect(context.tasks()).toHaveLength(0);
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(await metric(context.service, "phone_logs_written_total")).toBe(1);
    expect(await callOf(context, id)).toMatchObject({
      log: { state: "logged", step: null, error: null },
      content: { phoneLogId: log?.id, report: { summary: REPORT.summary } },
    });
  });

  test("is identified in the background if it wasn't answered here", async () => {
    const context = await setUp();
    await context.report();
    await until(() => expect(context.logs()).toHaveLength(1));
    expect(context.logs()).toMatchObject([
      {
        matter_id: cases.janeDoe.matterId,
        senders: [{ id: cases.janeDoe.contactId }],
        receivers: [{ id: 350 }],
      },
    ]);
  });

  test("is identified by the name in the report if the number wasn't enough", async () => {
    const context = await setUp();
    const [contactId] = cases.household.contactIds;
    const name = context.firm.contacts.find(({ id }) => id === contactId)?.name ?? "";
    await context.ask({ caller_id: cases.household.phone });
    await context.report({ caller_id: cases.household.phone, name });
    await until(() => expect(context.logs()).toHaveLength(1));
    expect(context.logs()).toMatchObject([{ senders: [{ id: contactId }] }]);
  });

  test.each([
    ["several contacts", cases.household.phone],
    ["no contact", "+14155550100"],
    ["a withheld number", "anonymous"],
  ])("waits for a choice with %s, and is logged when the choice is made", async (_, caller_id) => {
    const context = await setUp();
    const id = await context.report({ caller_id });
    await until(async () => expect(await context.count("needs_choice")).toBe(1));
    expect(context.logs()).toEqual([]);
    await context.service.close();
    const parties = {
      contact: { id: cases.janeDoe.contactId, name: "Jane Doe" },
      matter: { id: cases.janeDoe.matterId, displayNumber: "00042-Doe" },
      person: null,
    };
    await inStore(
      context.service,
      async ({ callOutbox }, firmId) => {
        expect(await callOutbox.choose("us-999", id, parties)).toBe(false);
        expect(await callOutbox.choose(firmId, id, parties)).toBe(true);
        expect(await callOutbox.choose(firmId, id, parties)).toBe(false);
      },
      context.now,
    );
    await context.restart();
    await until(() => expect(context.logs()).toHaveLength(1));
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(context.logs()).toMatchObject([
      { subject: "Call from Jane Doe", matter_id: cases.janeDoe.matterId, receivers: [] },
    ]);
    expect(await callOf(context, id)).toMatchObject({
      log: { state: "logged" },
      content: { isChosen: true },
    });
  });

  test("can be dismissed instead", async () => {
    const context = await setUp();
    const id = await context.report({ caller_id: "anonymous" });
    await until(async () => expect(await context.count("needs_choice")).toBe(1));
    await context.service.close();
    await inStore(context.service, async ({ callOutbox, callList }, firmId) => {
      expect(await callOutbox.dismiss(firmId, id)).toBe(true);
      expect(await callOutbox.dismiss(firmId, id)).toBe(false);
      expect(await callList.find(firmId, id)).toMatchObject({ log: { state: "off" } });
    });
  });

  test.each([
    ["summary", false],
    ["transcript", true],
  ])(
    "PHONE_LOGS=%s decides about the transcript, which isn't kept once Clio has it",
    async (phoneLogs, isWritten) => {
      const context = await setUp({ env: { PHONE_LOGS: phoneLogs } });
      const id = await context.report();
      await until(() => expect(context.logs()).toHaveLength(1));
      await until(async () => expect(await context.count("waiting")).toBe(0));
      expect(context.logs()[0]?.body.includes("Transcript:\nReceptionist: Hello.")).toBe(isWritten);
      expect((await callOf(context, id))?.texts?.transcript ?? null).toBeNull();
    },
  );

  test("isn't written with PHONE_LOGS=off", async () => {
    const context = await setUp({ env: { PHONE_LOGS: "off" } });
    const id = await context.report();
    expect(await callOf(context, id)).toMatchObject({ log: { state: "off" } });
    expect(context.sandbox.counts.get(LOGS)).toBeUndefined();
  });

  test("isn't kept with CALL_LOG_DAYS=0 once Clio has it, but still recognized", async () => {
    const context = await setUp({ env: { CALL_LOG_DAYS: "0" } });
    const id = await context.report();
    await until(() => expect(context.logs()).toHaveLength(1));
    expect(await context.report({ summary: "Again." })).toBe(id);
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(await callOf(context, id)).toBeNull();
    expect(context.logs()).toHaveLength(1);
  });

  test("has texts without control characters, and words of the caller that look like facts in their place", async () => {
    const context = await setUp();
    await context.report({
      summary: "One\u0000\u0007 line\u202E.\r\nAnother.",
      name: "Jane\nTime: never",
    });
    await until(() => expect(context.logs()).toHaveLength(1));
    expect(context.logs()[0]?.body).toContain("One line.\nAnother.");
    expect(context.logs()[0]?.body).toContain("Name given: Jane Time: never");
  });
});

describe("a message", () => {
  test("becomes a task for the person with MESSAGE_TASKS, due on the next weekday", async () => {
    const context = await setUp({ env: { MESSAGE_TASKS: "true" } });
    const id = await context.report();
    await until(() => expect(context.tasks()).toHaveLength(1));
    const [task] = context.tasks();
    expect(task).toMatchObject({
      name: "Message from Jane Doe",
      assignee: { id: 350, type: "User" },
      due_at: "2026-06-01",
      matter_id: cases.janeDoe.matterId,
      notified_assignee: true,
    });
    expect(task?.description).toContain("Please call me back.");
    expect(task?.description).toContain(`Reference: ${id}`);
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(await callOf(context, id)).toMatchObject({
      log: { state: "logged" },
      content: { taskId: task?.id },
    });
  });

  test("has its times and its task's due date in the firm's time zone", async () => {
    const context = await setUp({ env: { MESSAGE_TASKS: "true" } });
    const { browser } = context;
    const setup = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(setup.text)?.[1];
    await browser.post("/setup/time-zone").type("form").send({ csrf, time_zone: "Pacific/Auckland" });
    context.clock.now = Date.parse("2026-05-31T15:05:00Z");
    await context.report({ started_at: "2026-05-31T15:00:00Z" });
    await until(() => expect(context.tasks()).toHaveLength(1));
    const time = "Time: June 1, 2026 at 3:00 AM GMT+12";
    expect(context.logs()[0]?.body).toContain(time);
    expect(context.tasks()[0]?.description).toContain(time);
    expect(context.tasks()[0]?.due_at).toBe("2026-06-02");
  });

  test("that wasn't left notifies no one and becomes no task", async () => {
    const context = await setUp({ env: { MESSAGE_TASKS: "true" } });
    await context.report({ message: undefined });
    await until(() => expect(context.logs()).toHaveLength(1));
    expect(context.logs()).toMatchObject([{ notification_event_subscribers: [] }]);
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(context.tasks()).toHaveLength(0);
  });

  test("becomes one task if Clio's response is lost", async () => {
    const context = await setUp({ env: { MESSAGE_TASKS: "true" } });
    context.sandbox.fault({ kind: "lose_response", method: "POST", path: "/api/v4/tasks" });
    const id = await context.report();
    await until(() => expect(context.tasks()).toHaveLength(1));
    await advanceUntil(context, 30_000, async () => expect(await context.count("waiting")).toBe(0));
    expect(context.tasks()).toHaveLength(1);
    expect(context.logs()).toHaveLength(1);
    expect(await callOf(context, id)).toMatchObject({ content: { taskId: expect.any(Number) } });
  });
});

describe("exactly one phone log is written", () => {
  test("if Clio's response is lost", async () => {
    const context = await setUp();
    context.sandbox.fault({ kind: "lose_response", method: "POST", path: LOGS });
    await context.report();
    await until(() => expect(context.logs()).toHaveLength(1));
    await until(async () => expect(await context.count("waiting")).toBe(1));
    await advanceUntil(context, 30_000, async () => expect(await context.count("waiting")).toBe(0));
    expect(context.logs()).toHaveLength(1);
  });

  test("if Clio fails before it creates anything", async () => {
    const context = await setUp();
    context.sandbox.fault({ kind: "status", status: 500, method: "POST", path: LOGS, times: 3 });
    await context.report();
    await advanceUntil(context, MINUTE, () => expect(context.logs()).toHaveLength(1));
    await until(async () => expect(await context.count("waiting")).toBe(0));
  });

  test("if the service stops while Clio is at it", async () => {
    const context = await setUp();
    context.sandbox.fault({ kind: "hang", method: "POST", path: LOGS });
    await context.report();
    await until(() => expect(context.sandbox.counts.get(LOGS)).toBe(1));
    await context.restart();
    // Clio may still be at it, so it isn't asked yet.
    await new Promise((resolve) => setTimeout(resolve, 5 * POLL_INTERVAL_MS));
    expect(context.sandbox.counts.get(LOGS)).toBe(1);
    await advanceUntil(context, 30_000, () => expect(context.logs()).toHaveLength(1));
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(context.sandbox.counts.get(LOGS)).toBe(3);
  });

  test("if the database was restored from a backup that is older than the phone log", async () => {
    const context = await setUp();
    context.sandbox.fault({ kind: "status", status: 403, path: LOGS });
    const id = await context.report();
    await until(async () => expect(await context.count("waiting")).toBe(1));
    await context.service.close();
    // As Clio has it, but not the database.
    context.sandbox.changes().addCommunication({
      id: 900_001,
      type: "PhoneCommunication",
      subject: "Call from Jane Doe",
      body: "As written before.",
      date: "2026-05-29",
      received_at: REPORT.started_at,
      user_id: 350,
      matter_id: null,
      senders: [],
      receivers: [],
      external_properties: [
        { id: 1, name: "clio_call_router_call", value: id, created_at: "", updated_at: "" },
      ],
      notification_event_subscribers: [],
      created_at: REPORT.started_at,
      updated_at: REPORT.started_at,
    });
    context.clock.now += 5 * MINUTE;
    await context.restart();
    await until(async () => expect(await context.count("waiting")).toBe(0));
    expect(context.logs()).toHaveLength(1);
    expect(await callOf(context, id)).toMatchObject({ content: { phoneLogId: 900_001 } });
  });
});

describe("what can't be written", () => {
  test.each([
    ["clio_permission", { kind: "status", status: 403 }],
    ["clio_error", { kind: "status", status: 500 }],
    ["clio_error", { kind: "reset" }],
    ["clio_error", { kind: "broken_json" }],
    ["not_found", { kind: "status", status: 404 }],
    ["clio_error", { kind: "status", status: 422 }],
  ] as const)("waits with the reason %s (%o), and is written when the cause is gone", async (code, fault) => {
    const context = await setUp();
    context.sandbox.fault({ ...fault, method: "POST", path: LOGS, times: FOREVER });
    const id = await context.report();
    await until(async () => expect(await context.count("waiting")).toBe(1));
    await until(() => expect(attemptsIn(context.service)).toBe(1));
    await context.service.close();
    await inStore(context.service, async ({ callList }, firmId) =>
      expect(await callList.find(firmId, id)).toMatchObject({
        log: { state: "waiting", error: code, attempts: 1 },
      }),
    );
    context.sandbox.clearFaults();
    await context.restart();
    await advanceUntil(context, MINUTE, async () => expect(await context.count("waiting")).toBe(0));
    expect(context.logs()).toHaveLength(1);
    expect(await callOf(context, id)).toMatchObject({ log: { state: "logged", error: null } });
  });

  test("is tried at growing distances for seven days, then fails, and can be tried again", async () => {
    const context = await setUp();
    context.sandbox.fault({ kind: "status", status: 403, path: LOGS, times: FOREVER });
    const reportedAt = context.clock.now;
    const id = await context.report();
    await advanceUntil(context, 3 * HOUR, async () => expect(await context.count("failed")).toBe(1));
    expect(context.clock.now - reportedAt).toBeGreaterThanOrEqual(7 * DAY);
    const tries = context.sandbox.counts.get(LOGS) ?? 0;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(60);
    context.sandbox.clearFaults();
    await context.service.close();
    await inStore(
      context.service,
      async ({ callOutbox, callList }, firmId) => {
        expect(await callList.find(firmId, id)).toMatchObject({
          log: { state: "failed", error: "clio_permission" },
        });
        expect(await callOutbox.tryAgain(firmId, id)).toBe(true);
        expect(await callOutbox.tryAgain(firmId, id)).toBe(false);
      },
      context.now,
    );
    await context.restart();
    await until(() => expect(context.logs()).toHaveLength(1));
  });

  test("leaves requests to callers", async () => {
    const context = await setUp({ sandbox: { requestsPerMinute: 50 } });
    context.clock.now += MINUTE;
    const before = context.sandbox.requests.length;
    for (let call = 0; call < 60; call += 1) await context.report({ call_id: `call-${call}` });
    await until(() => expect(context.logs().length).toBeGreaterThan(20));
    // What is left of the minute answers callers.
    for (let call = 0; call < 8; call += 1)
      expect((await context.ask({ caller_id: cases.janeDoe.phone })).status).toBe(200);
    const used = context.sandbox.requests.slice(before);
    expect(used.filter(({ status }) => status === 429)).toEqual([]);
    expect(context.logs().length).toBeLessThanOrEqual(30);
  });

  test("doesn't keep other firms or callers waiting when the connection is lost", async () => {
    const context = await setUp();
    await context.browser.get("/setup");
    context.sandbox.revoke(350);
    const id = await context.report();
    await until(async () => expect(await context.count("waiting")).toBe(1));
    expect(await callOf(context, id)).toMatchObject({ log: { state: "waiting" } });
  });
});
