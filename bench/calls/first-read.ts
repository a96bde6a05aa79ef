import { CONTACT_FIELDS } from "../../src/clio/resources/contacts.ts";
import { MATTER_FIELDS } from "../../src/clio/resources/matters.ts";
import { accessToken } from "../access-token.ts";
import type { Figure } from "../figure.ts";
import { KeepAlive } from "../keep-alive.ts";
import { residentMegabytes } from "../resident.ts";
import type { BigFirm } from "./big-firm.ts";

/** Of Clio's 50 requests a minute, what the service leaves to callers it does not read with. */
const REQUESTS_A_MINUTE = 30;

/** How long it takes, with Clio's limit off, until a big firm can be answered locally. */
export async function firstRead({ clio, service, invented, numbers, firstRead }: BigFirm): Promise<Figure[]> {
  const { contacts, matters, users } = invented.firm;
  const { seconds, requests } = firstRead;
  const resident = residentMegabytes(service.pid);
  return [
    { name: "contacts", value: contacts.length, unit: "" },
    { name: "their numbers", value: numbers.length, unit: "" },
    { name: "matters", value: matters.length, unit: "" },
    { name: "users", value: users.length, unit: "" },
    {
      name: "from the connection to the complete mirror",
      value: seconds,
      unit: "s",
      target: { atMost: 60 },
    },
    { name: "the same lists read by a bare client", value: await bareRead(clio.url), unit: "s" },
    { name: "requests to lists and webhooks", value: requests, unit: "", target: { atMost: 810 } },
    {
      name: `forecast with Clio's limit, at ${REQUESTS_A_MINUTE} requests a minute`,
      value: requests / REQUESTS_A_MINUTE,
      unit: "min",
    },
    { name: "resident memory of the service afterwards", value: resident, unit: "MB" },
  ];
}

/** Seconds for all pages of contacts and matters, one after the other, parsed and thrown away. */
async function bareRead(clioUrl: string): Promise<number> {
  using client = new KeepAlive(await accessToken(clioUrl), 1);
  const started = performance.now();
  for (const [kind, fields] of [
    ["contacts", CONTACT_FIELDS],
    ["matters", `${MATTER_FIELDS},client{id}`],
  ]) {
    let next: string | undefined = `${clioUrl}/api/v4/${kind}.json?fields=${fields}&order=id(asc)&limit=200`;
    while (next !== undefined) {
      const { status, body } = await client.get(next);
      if (status !== 200) throw new Error(`the sandbox answered ${status}: ${body}`);
      next = JSON.parse(body).meta.paging.next;
    }
  }
  return (performance.now() - started) / 1000;
}
