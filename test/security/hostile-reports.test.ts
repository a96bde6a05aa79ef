import { once } from "node:events";
import { connect } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { loggedText } from "../../testkit/logged-text.ts";
import { POLL_INTERVAL_MS } from "../../testkit/mirror.ts";
import { connectedService } from "../../testkit/service.ts";
import { inStore } from "../call-log/in-store.ts";

const MB = 1024 * 1024;
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const CALLER = "caller_id=0171";

async function receiver(env: Record<string, string> = { PHONE_LOGS: "off" }) {
  const connected = await connectedService({ env, pollIntervalMs: POLL_INTERVAL_MS });
  const { service, key } = connected;
  const post = (body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE, query = "") =>
    fetch(`${service.url}/after-call${query}`, {
      method: "POST",
      body: body as RequestInit["body"] & {},
      headers: { Authorization: `Bearer ${key}`, ...headers },
    });
  return { ...connected, post };
}

const nested = (open: string, close: string) => open.repeat(MB / open.length / 2) + close.repeat(MB / 2);

const BODIES: readonly {
  what: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
  query?: string;
  status: number;
}[] = [
  { what: "arrays in arrays", body: nested("[", "]"), status: 400 },
  {
    what: "objects in objects",
    body: `{"caller_id":"0171","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`,
    status: 202,
  },
  {
    what: "an object as a text",
    body: `{"caller_id":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}}`,
    status: 400,
  },
  { what: "an array with a million texts", body: `{"caller_id":[${'"",'.repeat(500_000)}""]}`, status: 400 },
  { what: "no object", body: "null", status: 400 },
  { what: "a text alone", body: '"caller_id=0171"', status: 400 },
  { what: "a prototype", body: '{"__proto__":{"caller_id":"0171"},"constructor":{"x":1}}', status: 400 },
  {
    what: "a prototype beside a number",
    body: '{"caller_id":"0171","__proto__":{"call_id":1}}',
    status: 202,
  },
  { what: "two numbers in JSON", body: '{"caller_id":"x","caller_id":"0171"}', status: 202 },
  { what: "NUL", body: '{"caller_id":"0171\\u0000","summary":"\\u0000","call_id":"\\u0000"}', status: 202 },
  { what: "invalid UTF-8", body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), status: 400 },
  { what: "no body", body: "", status: 400 },
  { what: "two megabytes of spaces", body: " ".repeat(2 * MB), status: 400 },
  { what: "emoji", body: `{"caller_id":"0171","summary":"${"😀".repeat(MB / 2 - 100)}"}`, status: 202 },
  {
    what: "more than two megabytes",
    body: `{"caller_id":"0171","summary":"${"x".repeat(2 * MB)}"}`,
    status: 413,
  },
  {
    what: "256 MB that are compressed",
    body: gzipSync(Buffer.alloc(256 * MB, " ")),
    headers: { ...JSON_TYPE, "Content-Encoding": "gzip" },
    status: 413,
  },
  {
    what: "a form of 256 MB that is compressed",
    body: brotliCompressSync(Buffer.alloc(256 * MB, "&")),
    headers: { ...FORM_TYPE, "Content-Encoding": "br" },
    status: 413,
  },
  {
    what: "half of a compressed body",
    body: gzipSync(`{"caller_id":"0171","summary":"${"ab".repeat(999)}"}`).subarray(0, 30),
    headers: { ...JSON_TYPE, "Content-Encoding": "gzip" },
    status: 400,
  },
  {
    what: "an unknown encoding",
    body: "{}",
    headers: { ...JSON_TYPE, "Content-Encoding": "lzma" },
    status: 400,
  },
  {
    what: "an unknown character set",
    body: "{}",
    headers: { "Content-Type": "application/json; charset=x" },
    status: 400,
  },
  { what: "another type", body: "<a/>", headers: { "Content-Type": "text/xml" }, status: 400 },
  { what: "no type at all", body: '{"caller_id":"0171"}', headers: { "Content-Type": ";;;/" }, status: 202 },
  {
    what: "almost a form",
    body: CALLER,
    headers: { "Content-Type": "application/x-www-form-urlencoded-x" },
    status: 400,
  },
  {
    what: "deep names in a form",
    body: `${CALLER}&a${"[b]".repeat(5_000)}=1`,
    headers: FORM_TYPE,
    status: 202,
  },
  {
    what: "a number in a list of a form",
    body: "caller_id[]=0171&caller_id[0]=1",
    headers: FORM_TYPE,
    status: 400,
  },
  { what: "a number twice in a form", body: `${CALLER}&${CALLER}`, headers: FORM_TYPE, status: 400 },
  {
    what: "a form with 2,000 names",
    body: `${CALLER}${"&a=1".repeat(2_000)}`,
    headers: FORM_TYPE,
    status: 413,
  },
  { what: "two million separators", body: "&".repeat(2 * MB), headers: FORM_TYPE, status: 413 },
  {
    what: "broken percent-encoding",
    body: `${CALLER}&summary=%&name=%zz%ff`,
    headers: FORM_TYPE,
    status: 202,
  },
  {
    what: "a prototype in a form",
    body: "__proto__[caller_id]=0171&__proto__=0171",
    headers: FORM_TYPE,
    status: 400,
  },
  { what: "two numbers in a query", body: "{}", query: `?${CALLER}&${CALLER}`, status: 400 },
];

test.each(BODIES)("a report with $what gets $status", async ({ body, headers, query, status }) => {
  const { service, post } = await receiver();
  const response = await post(body, headers, query);
  expect(response.status, await response.text()).toBe(status);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(({} as Record<string, unknown>).caller_id).toBeUndefined();
  await service.close();
  await inStore(service, async ({ calls }, firmId) => {
    expect(await calls.count(firmId)).toBe(status === 202 ? 1 : 0);
  });
  expect(loggedText(service.logLines.join(""))).not.toMatch(/0171|"level":50/);
});

test("without a valid key, no body is read", async () => {
  const { service } = await receiver();
  const { port } = new URL(service.url);
  for (const authorization of ["", "Authorization: Bearer ccr_0\r\n"]) {
    const socket = connect(Number(port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /after-call HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
    );
    // The body never ends.
    const [response] = (await once(socket, "data")) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1\.1 401 /);
  }
});

/** What a caller can say, or make a platform report. */
const TEXTS = [
  "\u0000\u0007\u001b[2J\u009b2J",
  "\u202egnp.exe\u2066",
  "half of one: \ud83d, and another: \ude00",
  "line\r\nCaller's number: +19005550100",
  "line\u2028Transferred to: Someone Else",
  "line\u2029Recording: https://attacker.example",
];

test("what callers say is plain text in Clio, and can't look like a fact about the call", async () => {
  const { sandbox, post } = await receiver({ PHONE_LOGS: "transcript", MESSAGE_TASKS: "true" });
  const [firm] = sandbox.firms;
  for (const [index, text] of TEXTS.entries()) {
    const { status } = await post(
      JSON.stringify({
        caller_id: cases.janeDoe.phone,
        call_id: `call ${index}`,
        summary: text.repeat(400),
        message: "Call back.",
        transcript: text,
        name: text,
        matter: text,
        transferred_to: text,
      }),
    );
    expect(status).toBe(202);
  }
  await vi.waitFor(() => expect(firm?.tasks).toHaveLength(TEXTS.length), { timeout: 30_000 });
  for (const { subject, body } of firm?.communications ?? []) {
    for (const text of [subject ?? "", body ?? ""]) {
      expect(text.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be in the text
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
    const facts = (body ?? "").slice((body ?? "").indexOf("Call back.")).split("\n\n")[1] ?? "";
    expect(facts).toMatch(/^Caller's number: /);
    const labels = facts.split(/[\n\u2028\u2029]/).map((line) => line.split(":")[0]);
    expect(new Set(labels).size).toBe(labels.length);
  }
  for (const { name, description } of firm?.tasks ?? [])
    expect(`${name}${description}`.isWellFormed()).toBe(true);
});

test.each([
  ["javascript:alert(1)", 400],
  ["http://recordings.example.com/1", 400],
  ["data:text/html,x", 400],
  ["//recordings.example.com/1", 400],
  ["/setup", 400],
  ["https://", 400],
  ["https://user:secret@recordings.example.com/1", 400],
  [`https://recordings.example.com/${"x".repeat(3_000)}`, 400],
  ["https:/setup/disconnect", "https://setup/disconnect"],
  ["https:\\\\recordings.example.com", "https://recordings.example.com/"],
  ["HTTPS://recordings.example.com/\n1\u202e", "https://recordings.example.com/1%E2%80%AE"],
  ['https://recordings.example.com/"><script>', "https://recordings.example.com/%22%3E%3Cscript%3E"],
] as const)("a recording at %j is refused, or stored as every program reads it", async (url, expected) => {
  const { service, post } = await receiver();
  const response = await post(JSON.stringify({ caller_id: "0171", recording_url: url }));
  const { id, detail } = (await response.json()) as { id: string; detail: string };
  if (expected === 400)
    expect([response.status, detail]).toEqual([400, expect.stringContaining("recording_url")]);
  await service.close();
  if (expected === 400) return;
  await inStore(service, async ({ callList }, firmId) => {
    expect((await callList.find(firmId, id))?.content?.report?.recordingUrl).toBe(expected);
  });
});
