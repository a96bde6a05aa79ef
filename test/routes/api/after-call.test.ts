import { gzipSync } from "node:zlib";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService, type RunningService } from "../../../testkit/service.ts";
import { inStore } from "../../call-log/in-store.ts";

/** Off, so that nothing reaches Clio. What does is tested in `test/call-log`. */
const OFF = { PHONE_LOGS: "off" };

async function setUp(env: Record<string, string> = OFF) {
  const connected = await connectedService({ env });
  const { service, key } = connected;
  const post = (query: Record<string, string> = {}) =>
    supertest(service.url).post("/after-call").query(query).set("Authorization", `Bearer ${key}`);
  return { ...connected, post };
}

const latest = (service: RunningService) =>
  inStore(service, async ({ calls }, firmId) => ({
    count: await calls.count(firmId),
    call: await calls.latest(firmId),
  }));

const REPORT = {
  caller_id: cases.janeDoe.phone,
  call_id: "call-1",
  summary: "Jane asked when the hearing is.",
  transcript: "Receptionist: Hello.\nJane: Hello.",
  message: "Please call me back.",
  name: "Jane Doe",
  matter: "the lease",
  started_at: "2026-05-31T15:04:05+02:00",
  ended_at: "1780232900",
  duration: "3:12",
  transferred_to: "Felix Dubinsky",
  recording_url: "https://recordings.example.com/1",
};

describe("POST /after-call", () => {
  test("stores a report, and acknowledges it with the call's ID", async () => {
    const { service, post } = await setUp();
    const { status, body, headers } = await post().send(REPORT);
    expect(status).toBe(202);
    expect(headers["cache-control"]).toBe("no-store");
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      duplicate: false,
      message: "The call is recorded.",
    });
    await service.close();
    const { call } = await latest(service);
    expect(call).toMatchObject({
      id: body.id,
      at: Date.parse("2026-05-31T13:04:05Z"),
      outcome: "routed",
      content: {
        caller: cases.janeDoe.phone,
        lookups: [],
        report: {
          name: "Jane Doe",
          matter: "the lease",
          startedAt: Date.parse("2026-05-31T13:04:05Z"),
          endedAt: 1_780_232_900_000,
          durationSeconds: 192,
          transferredTo: "Felix Dubinsky",
          recordingUrl: "https://recordings.example.com/1",
          summary: REPORT.summary,
          message: REPORT.message,
        },
      },
    });
  });

  test.each([
    ["a form", async ({ post }: Setup) => post().type("form").send(REPORT)],
    ["a query", async ({ post }: Setup) => post(REPORT)],
    ["a query with a JSON body", ({ post }: Setup) => post({ caller_id: "0171" }).send(REPORT)],
    [
      "JSON without a content type",
      ({ post }: Setup) => post().set("Content-Type", "text/plain").send(JSON.stringify(REPORT)),
    ],
    [
      "compressed JSON",
      ({ post }: Setup) =>
        post()
          .set("Content-Type", "application/json")
          .set("Content-Encoding", "gzip")
          .serialize((body) => body)
          .send(gzipSync(JSON.stringify(REPORT)) as unknown as string),
    ],
  ])("takes %s", async (_, send) => {
    const context = await setUp();
    expect((await send(context)).status).toBe(202);
    await context.service.close();
    expect((await latest(context.service)).call).toMatchObject({
      content: { caller: cases.janeDoe.phone, report: { summary: REPORT.summary, durationSeconds: 192 } },
    });
  });

  test("needs nothing but the caller's number, and takes numbers, nulls and placeholders for texts", async () => {
    const { service, post } = await setUp();
    expect((await post().send({ caller_id: 14155550171 })).status).toBe(202);
    const { status, body } = await post().send({
      caller_id: "0171",
      call_id: null,
      summary: "{{summary}}",
      name: "",
      duration: 192.4,
      started_at: 1_780_232_900_000,
      something_else: { of: "no interest" },
    });
    expect(status).toBe(202);
    await service.close();
    await inStore(service, async ({ callList }, firmId) => {
      expect(await callList.find(firmId, body.id)).toMatchObject({
        content: {
          caller: null,
          callerEnding: "0171",
          report: { summary: null, name: null, durationSeconds: 192, startedAt: 1_780_232_900_000 },
        },
      });
    });
  });

  test("takes a withheld number", async () => {
    const { service, post } = await setUp();
    expect(
      (await post().send({ caller_id: "anonymous", summary: "Wanted to know the address." })).status,
    ).toBe(202);
    await service.close();
    expect((await latest(service)).call).toMatchObject({ outcome: "withheld", content: { caller: null } });
  });

  test.each([
    [{}, "caller_id is required."],
    [{ caller_id: "12" }, "caller_id must contain at least four digits"],
    [{ caller_id: ["+14155550171", "+14155550172"] }, "caller_id must be sent only once."],
    [{ ...REPORT, duration: "long" }, "duration must be a number of seconds"],
    [{ ...REPORT, duration: "3:99" }, "duration must be"],
    [{ ...REPORT, started_at: "yesterday" }, "started_at must be a time"],
    [{ ...REPORT, ended_at: "12" }, "ended_at must be a time"],
    [
      { ...REPORT, recording_url: "http://recordings.example.com/1" },
      "recording_url must be an https address",
    ],
    [{ ...REPORT, recording_url: "javascript:alert(1)" }, "recording_url must be"],
    [{ ...REPORT, recording_url: "https://user:secret@recordings.example.com" }, "recording_url must be"],
    [{ ...REPORT, call_id: "x".repeat(201) }, "call_id must be at most 200"],
    [{ ...REPORT, summary: { text: "an object" } }, "summary must be text."],
  ])("names what is wrong: %j", async (report, detail) => {
    const { service, post } = await setUp();
    const { status, body } = await post().send(report);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_request", detail: expect.stringContaining(detail) });
    await service.close();
    expect((await latest(service)).count).toBe(0);
  });

  test.each(["[1]", '"text"', "{", "<xml/>"])("refuses the body %s", async (body) => {
    const { post } = await setUp();
    const { status, body: problem } = await post().set("Content-Type", "application/json").send(body);
    expect(status).toBe(400);
    expect(problem.detail).toContain("JSON");
  });

  test("refuses a body of more than 2 MB, compressed or not, and stores nothing of it", async () => {
    const { service, post } = await setUp();
    const tooLarge = { ...REPORT, transcript: "x".repeat(2 * 1024 * 1024) };
    const plain = await post().send(tooLarge);
    expect(plain.status).toBe(413);
    expect(plain.body).toMatchObject({ code: "too_large", status: 413 });
    const compressed = await post()
      .set("Content-Type", "application/json")
      .set("Content-Encoding", "gzip")
      .serialize((body) => body)
      .send(gzipSync(JSON.stringify(tooLarge)) as unknown as string);
    expect(compressed.status).toBe(413);
    await service.close();
    expect((await latest(service)).count).toBe(0);
  });

  test("requires a key, before it reads the body", async () => {
    const { service } = await setUp();
    const { status } = await supertest(service.url).post("/after-call").send("{");
    expect(status).toBe(401);
    expect((await supertest(service.url).get("/after-call")).headers.allow).toBe("POST");
  });

  test("recognizes a report with the same ID, whatever else has changed, even if both come at the same time", async () => {
    const { service, post } = await setUp();
    const answers = await Promise.all(
      ["One.", "Two.", "Three."].map((summary) => post().send({ ...REPORT, summary })),
    );
    const [first] = answers;
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
    const again = await post().send({ caller_id: "+14155550112", call_id: REPORT.call_id });
    expect(again.body).toMatchObject({ id: first?.body.id, duplicate: true });
    await service.close();
    expect((await latest(service)).count).toBe(1);
  });

  test("recognizes a report without an ID for ten minutes, by number, summary and transcript", async () => {
    const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
    const { service, key } = await connectedService({
      env: OFF,
      now: () => clock.now,
      sandbox: { now: () => clock.now },
    });
    const { call_id: _, ...report } = REPORT;
    const send = async (change: object = {}) => {
      const { body } = await supertest(service.url)
        .post("/after-call")
        .set("Authorization", `Bearer ${key}`)
        .send({ ...report, ...change });
      return body.duplicate as boolean;
    };
    expect(await send()).toBe(false);
    expect(await send({ duration: "4:00" })).toBe(true);
    expect(await send({ transcript: "Another." })).toBe(false);
    expect(await send({ caller_id: "+14155550112" })).toBe(false);
    clock.now += 10 * 60_000;
    expect(await send()).toBe(false);
  });

  test("closes the call that was answered before, with what was found then", async () => {
    const { service, post, ask } = await setUp();
    await ask("/route-call", { caller_id: cases.janeDoe.phone });
    const first = await post().send({ ...REPORT, started_at: undefined });
    // A second call within two hours, for which the number wasn't looked up.
    const second = await post().send({ caller_id: REPORT.caller_id, summary: "Jane called again." });
    expect(second.body.id).not.toBe(first.body.id);
    await service.close();
    await inStore(service, async ({ calls, callList }, firmId) => {
      expect(await calls.count(firmId)).toBe(2);
      for (const { body } of [first, second])
        expect(await callList.find(firmId, body.id)).toMatchObject({
          content: {
            contact: { id: cases.janeDoe.contactId, name: "Jane Doe" },
            matter: { id: cases.janeDoe.matterId },
            person: { name: "Felix Dubinsky" },
          },
        });
      expect(await callList.find(firmId, first.body.id)).toMatchObject({
        outcome: "routed",
        content: { lookups: [{ action: "route_call" }], report: { summary: REPORT.summary } },
      });
    });
  });

  test("keeps the caller's part in the matter for a later call that wasn't looked up", async () => {
    const { service, post, ask } = await setUp();
    await ask("/route-call", { caller_id: cases.spouse.phone });
    await post().send({ caller_id: cases.spouse.phone, summary: "She asked about the hearing." });
    const later = await post().send({ caller_id: cases.spouse.phone, summary: "She called again." });
    await service.close();
    await inStore(service, async ({ callList }, firmId) => {
      expect(await callList.find(firmId, later.body.id)).toMatchObject({
        content: { matter: { id: cases.spouse.matterId }, relation: "Spouse", lookups: [] },
      });
    });
  });

  test("stores whole texts, and a transcript only if it is written into Clio", async () => {
    const long = "word ".repeat(1_000).trim();
    for (const [phoneLogs, transcript] of [
      ["off", null],
      ["transcript", REPORT.transcript],
    ] as const) {
      const { service, post, sandbox } = await setUp({ PHONE_LOGS: phoneLogs });
      sandbox.fault({ kind: "status", status: 503, times: Number.POSITIVE_INFINITY });
      const { body } = await post().send({ ...REPORT, summary: long });
      await service.close();
      await inStore(service, async ({ callList }, firmId) => {
        const call = await callList.find(firmId, body.id);
        expect(call?.content?.report?.summary?.length).toBeLessThanOrEqual(1_000);
        expect(call?.texts).toEqual({ summary: long, message: REPORT.message, transcript });
      });
    }
  });

  test("leaves nothing of a call in the log", async () => {
    const { service, post } = await setUp();
    await post(REPORT).send(REPORT);
    await post(REPORT).send({ ...REPORT, duration: "long" });
    await service.close();
    const log = service.logLines.join("\n");
    expect(log).toContain("/after-call");
    for (const text of ["Jane", "hearing", "5550171", "recordings", "call-1", "Dubinsky"])
      expect(log).not.toContain(text);
  });
});

type Setup = Awaited<ReturnType<typeof setUp>>;
