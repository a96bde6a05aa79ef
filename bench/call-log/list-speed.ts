import { join } from "node:path";
import { CALL_OUTCOMES, type CallFindings } from "../../src/calls/call-record.ts";
import { searchedTerms } from "../../src/calls/call-search.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import type { LookupToRecord } from "../../src/store/repositories/calls.ts";
import { openStore } from "../../src/store/store.ts";
import { temporaryFolder } from "../../testkit/temporary-folder.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const BATCH = 100;
const ROUNDS = 7;

/** How long a page, a search and the counts take when many calls are kept, and what recording one costs. */
export async function measureList({ calls }: { calls: number }): Promise<Measurement[]> {
  using folder = temporaryFolder();
  const end = Date.now();
  const start = end - DAYS * DAY_MS;
  const clock = { now: start };
  const location = { kind: "sqlite", path: join(folder.path, "router.db") } as const;
  const store = await openStore(location, createSealer([new Uint8Array(32).fill(1)]), () => clock.now);
  await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  const recording = process.cpuUsage();
  for (let at = 0; at < calls; at += BATCH) {
    clock.now = start + (at / calls) * DAYS * DAY_MS;
    await store.calls.record(
      "us-1",
      Array.from({ length: BATCH }, (_, index) => lookup(at + index, clock.now + index)),
    );
  }
  const { user, system } = process.cpuUsage(recording);
  clock.now = end;

  const { list, counts, unknownCallers } = store.callList;
  const page = { since: start, before: null, outcome: null, search: null, limit: 50 };
  const search = (text: string) => list("us-1", { ...page, search: searchedTerms(text, null) });
  const measurements: Measurement[] = [
    { name: "calls kept", value: await store.calls.count("us-1"), unit: "" },
    { name: "CPU to record one call", value: (user + system) / calls, unit: "µs" },
    await timed("first page", 100, () => list("us-1", page)),
    await timed("page of one outcome", 100, () => list("us-1", { ...page, outcome: "error" })),
    await timed("search that finds one call of the first day", 300, () => search("surname17")),
    await timed("search that finds nothing", 300, () => search("nobody ever")),
    await timed("counts of 30 days", 100, () => counts("us-1", start)),
    await timed("unknown callers", 300, () => unknownCallers("us-1", start, 20)),
  ];
  await store.close();
  return measurements;
}

async function timed(name: string, atMost: number, work: () => Promise<unknown>): Promise<Measurement> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  return { name: `${name}, median of CPU`, value: quantile(times, 0.5), unit: "ms", target: { atMost } };
}

function lookup(number: number, at: number): LookupToRecord {
  const outcome = CALL_OUTCOMES[number % 50 < 40 ? 0 : number % CALL_OUTCOMES.length] ?? "routed";
  const isRouted = outcome === "routed";
  const findings: CallFindings = {
    outcome,
    contact: isRouted ? { id: number, name: `Jane${number % 997} Surname${number}` } : null,
    matter: isRouted ? { id: number, displayNumber: `${String(number).padStart(5, "0")}-Doe` } : null,
    person: isRouted ? { id: number % 50, name: `Felix Attorney${number % 50}` } : null,
    role: isRouted ? "responsible_staff" : null,
    relation: null,
    away: null,
    matchedOn: isRouted ? "phone" : null,
    candidateCount: isRouted ? 1 : 0,
    ambiguous: false,
  };
  return {
    caller: { caller: `+1415${String(2_000_000 + number)}`, callerEnding: null },
    contactId: null,
    findings,
    lookup: {
      action: "route_call",
      at,
      name: null,
      matter: null,
      outcome,
      decision: { caller: "unique_number", matter: "only_matter", person: "first_role" },
      errorCode: null,
      milliseconds: 2,
      clioRequests: 0,
      source: "mirror",
    },
  };
}
