import autocannon from "autocannon";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import type { Measurement } from "../harness/measurement.ts";
import { residentMemoryMb } from "../harness/resident-memory.ts";
import { startSandboxProcess } from "../harness/sandbox-process.ts";

const REQUESTS = 100_000;
const CONNECTIONS = 10;

/** Resident memory before and after many lookups, and throughput. */
export async function memory(): Promise<Measurement[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  const key = await service.connectFirm();
  const before = residentMemoryMb(service.pid);
  const { phone } = exampleCases.janeDoe;
  const result = await autocannon({
    url: `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`,
    headers: { Authorization: `Bearer ${key}` },
    connections: CONNECTIONS,
    amount: REQUESTS,
  });
  return [
    { name: "resident memory before", value: before, unit: "MB" },
    {
      name: `resident memory after ${REQUESTS} lookups`,
      value: residentMemoryMb(service.pid),
      unit: "MB",
      target: { atMost: 150 },
    },
    { name: "answered with 200", value: result["2xx"], unit: "", target: { atLeast: REQUESTS } },
    { name: `throughput, ${CONNECTIONS} connections`, value: REQUESTS / result.duration, unit: "/s" },
  ];
}
