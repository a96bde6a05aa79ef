import { setTimeout as pause } from "node:timers/promises";

/** Metric values by name with labels, as exposed: `clio_requests_total{status="200"}`. */
export type ServiceMetrics = ReadonlyMap<string, number>;

export async function scrapeMetrics(serviceUrl: string): Promise<ServiceMetrics> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  return new Map(
    text.split("\n").flatMap((line) => {
      if (line === "" || line.startsWith("#")) return [];
      const space = line.lastIndexOf(" ");
      return [[line.slice(0, space), Number(line.slice(space + 1))] as const];
    }),
  );
}

/** How much a counter has increased between two scrapes. */
export function increase(before: ServiceMetrics, after: ServiceMetrics, name: string): number {
  return (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

/** The counter of caller lookups answered from a source. */
export const answeredFrom = (source: "live" | "mirror" | "mirror_without_clio") =>
  `directory_answers_total{source="${source}"}`;

/** Scrapes the metrics until they meet a condition. */
export async function waitForMetrics(
  serviceUrl: string,
  condition: (metrics: ServiceMetrics) => boolean,
  { intervalMs = 50, assertRunning = () => {} }: { intervalMs?: number; assertRunning?: () => void } = {},
): Promise<ServiceMetrics> {
  for (;;) {
    assertRunning();
    const metrics = await scrapeMetrics(serviceUrl);
    if (condition(metrics)) return metrics;
    await pause(intervalMs);
  }
}

const MIRROR_AGE = "clio_mirror_age_seconds";

/** Whether the firm's mirror is complete. */
export function mirrorIsComplete(metrics: ServiceMetrics): boolean {
  return metrics.has(MIRROR_AGE);
}

/** Whether the mirror's last update was at most this many seconds ago. */
export function mirrorIsFresh(seconds: number) {
  return (metrics: ServiceMetrics) => (metrics.get(MIRROR_AGE) ?? Number.POSITIVE_INFINITY) <= seconds;
}

/** Resolves when the service has sent no request to Clio for a second, so every change it knows of has been read. */
export async function waitUntilIdle(serviceUrl: string): Promise<void> {
  const requests = async () => {
    const metrics = await scrapeMetrics(serviceUrl);
    const counts = [...metrics].filter(([name]) => name.startsWith("clio_requests_total"));
    return counts.reduce((sum, [, count]) => sum + count, 0);
  };
  for (let before = await requests(); ; ) {
    await pause(1_000);
    const now = await requests();
    if (now === before) return;
    before = now;
  }
}
