import { quantilesOf, type TimedResponse } from "../harness/load/open-loop.ts";
import type { Measurement } from "../harness/measurement.ts";

const MAX_SHOWN_FAILURES = 5;

/** Failures and latency under open-loop load. Prints the first failures to standard error. */
export function summarizeLoad(responses: readonly TimedResponse[]): Measurement[] {
  const failed = responses.filter(({ status }) => status !== 200);
  for (const { status, path, body, latencyMs } of failed.slice(0, MAX_SHOWN_FAILURES))
    process.stderr.write(
      `${new URL(path, "http://any").pathname}: ${status} after ${latencyMs.toFixed(1)} ms: ${body}\n`,
    );
  const latency = quantilesOf(responses);
  return [
    { name: "requests", value: responses.length, unit: "" },
    { name: "failed", value: failed.length, unit: "", target: { atMost: 0 } },
    { name: "latency from when the request was due, median", value: latency(0.5), unit: "ms" },
    { name: "latency, p99", value: latency(0.99), unit: "ms" },
    { name: "latency, p99.9", value: latency(0.999), unit: "ms" },
    { name: "latency, max", value: latency(1), unit: "ms" },
    { name: "load generator lag, max", value: quantilesOf(responses, "lagMs")(1), unit: "ms" },
  ];
}
