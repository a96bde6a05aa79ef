import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import autocannon from "autocannon";
import { exampleCases } from "../src/sandbox/example-firm.ts";
import type { Figure } from "./figure.ts";
import { startSandboxProcess, startServiceProcess } from "./processes.ts";

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

/** Resident memory of a process, in units of 1,000,000 bytes. */
function residentMegabytes(pid: number): number {
  const kibibytes =
    process.platform === "linux"
      ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
      : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return (Number(kibibytes) * 1024) / 1e6;
}
