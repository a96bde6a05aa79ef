import autocannon from "autocannon";
import { exampleCases } from "../sandbox/firms/example-firm.ts";
import type { Figure } from "./figure.ts";
import { startSandboxProcess, startServiceProcess } from "./processes.ts";
import { residentMegabytes } from "./resident.ts";

const REQUESTS = 100_000;
const CONNECTIONS = 10;

/** What the service's process holds in memory, before and after many lookups, and how many it answers a second. */
export async function memory(): Promise<Figure[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  const key = await service.connectFirm();
  const before = residentMegabytes(service.pid);
  const { phone } = exampleCases.janeDoe;
  const run = await autocannon({
    url: `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`,
    headers: { Authorization: `Bearer ${key}` },
    connections: CONNECTIONS,
    amount: REQUESTS,
  });
  return [
    { name: "resident before", value: before, unit: "MB" },
    {
      name: `resident after ${REQUESTS} lookups`,
      value: residentMegabytes(service.pid),
      unit: "MB",
      target: { atMost: 150 },
    },
    { name: "answered with 200", value: run["2xx"], unit: "", target: { atLeast: REQUESTS } },
    { name: `lookups a second, ${CONNECTIONS} connections`, value: REQUESTS / run.duration, unit: "/s" },
  ];
}
