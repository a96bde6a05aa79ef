import { CONTACT_FIELDS } from "../../src/clio/resources/contacts.ts";
import { MATTER_FIELDS } from "../../src/clio/resources/matters.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import type { Measurement } from "../harness/measurement.ts";
import { residentMemoryMb } from "../harness/resident-memory.ts";
import { sandboxAccessToken } from "../harness/sandbox-access-token.ts";
import type { LargeFirm } from "./large-firm.ts";

/** What the service uses for reading, of the 50 requests a minute that Clio allows; the rest is reserved for calls. */
const SYNC_REQUESTS_PER_MINUTE = 30;

/** The first full sync of a large firm, without Clio's rate limit. */
export async function measureInitialSync({
  clio,
  service,
  generated,
  numbers,
  initialSync,
}: LargeFirm): Promise<Measurement[]> {
  const { contacts, matters, users } = generated.firm;
  const { seconds, requests } = initialSync;
  const resident = residentMemoryMb(service.pid);
  return [
    { name: "contacts", value: contacts.length, unit: "" },
    { name: "phone numbers", value: numbers.length, unit: "" },
    { name: "matters", value: matters.length, unit: "" },
    { name: "users", value: users.length, unit: "" },
    {
      name: "from connecting to the complete mirror",
      value: seconds,
      unit: "s",
      target: { atMost: 60 },
    },
    {
      name: "baseline (the same lists read by a bare HTTP client)",
      value: await baselineSync(clio.url),
      unit: "s",
    },
    { name: "Clio requests", value: requests, unit: "", target: { atMost: 810 } },
    {
      name: `calculated duration at ${SYNC_REQUESTS_PER_MINUTE} requests a minute`,
      value: requests / SYNC_REQUESTS_PER_MINUTE,
      unit: "min",
    },
    { name: "resident memory after the sync", value: resident, unit: "MB" },
  ];
}

/** Seconds to fetch and parse all pages of contacts and matters, one after another. */
async function baselineSync(clioUrl: string): Promise<number> {
  using client = new KeepAliveClient(await sandboxAccessToken(clioUrl), 1);
  const started = performance.now();
  for (const [kind, fields] of [
    ["contacts", CONTACT_FIELDS],
    ["matters", `${MATTER_FIELDS},client{id}`],
  ]) {
    let next: string | undefined = `${clioUrl}/api/v4/${kind}.json?fields=${fields}&order=id(asc)&limit=200`;
    while (next !== undefined) {
      const { status, body } = await client.get(next);
      if (status !== 200) throw new Error(`the sandbox responded with ${status}: ${body}`);
      next = JSON.parse(body).meta.paging.next;
    }
  }
  return (performance.now() - started) / 1000;
}
