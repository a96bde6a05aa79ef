import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { KeepAliveClient, type TimedHttpResponse } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { startSandboxProcess } from "../harness/sandbox-process.ts";

const REQUESTS = 200;
/** The default of the setting. */
const ANSWER_DEADLINE_MS = 2_500;
const WARM_UP_REQUESTS = 1_000;
const OTHER_REQUESTS_INTERVAL_MS = 10;

/** Clio accepts the contact search and never responds: how soon lookups time out, and whether other requests are affected. */
export async function clioHang(): Promise<Measurement[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  using client = new KeepAliveClient(await service.connectFirm());
  const { phone, contactId } = exampleCases.janeDoe;
  const others = ["/healthz", `/responsible-staff?clio_contact_id=${contactId}`];
  const url = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;
  for (const path of others) await client.get(service.url + path);
  for (let sent = 0; sent < WARM_UP_REQUESTS; sent += REQUESTS)
    await Promise.all(Array.from({ length: REQUESTS }, () => client.get(url)));

  await fetch(`${sandbox.url}/sandbox/faults`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ path: "/api/v4/contacts", kind: "hang", times: null }),
  });
  let waiting = true;
  const hanging = Promise.all(Array.from({ length: REQUESTS }, () => client.get(url))).finally(() => {
    waiting = false;
  });
  const otherResponses: TimedHttpResponse[] = [];
  while (waiting) {
    for (const path of others) otherResponses.push(await client.get(service.url + path));
    await pause(OTHER_REQUESTS_INTERVAL_MS);
  }
  const responses = await hanging;

  const timeouts = responses.filter(
    ({ status, body }) => status === 504 && JSON.parse(body).code === "clio_timeout",
  );
  return [
    {
      name: `${REQUESTS} lookups while Clio hangs, answered with 504 clio_timeout`,
      value: timeouts.length,
      unit: "",
      target: { atLeast: REQUESTS },
    },
    {
      name: `max latency beyond the deadline of ${ANSWER_DEADLINE_MS} ms`,
      value: maxLatency(responses) - ANSWER_DEADLINE_MS,
      unit: "ms",
      target: { atMost: 100 },
    },
    { name: "other requests at the same time", value: otherResponses.length, unit: "" },
    {
      name: "other requests, answered with 200",
      value: otherResponses.filter(({ status }) => status === 200).length,
      unit: "",
      target: { atLeast: otherResponses.length },
    },
    { name: "other requests, max latency", value: maxLatency(otherResponses), unit: "ms" },
  ];
}

function maxLatency(responses: readonly TimedHttpResponse[]): number {
  return quantile(
    responses.map(({ ms }) => ms),
    1,
  );
}
