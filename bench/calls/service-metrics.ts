import { setTimeout as pause } from "node:timers/promises";

/** What a service counts, by name and labels as they stand in the text: `clio_requests_total{status="200"}`. */
export type ServiceMetrics = ReadonlyMap<string, number>;

export async function metricsOf(serviceUrl: string): Promise<ServiceMetrics> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  return new Map(
    text.split("\n").flatMap((line) => {
      if (line === "" || line.startsWith("#")) return [];
      const space = line.lastIndexOf(" ");
      return [[line.slice(0, space), Number(line.slice(space + 1))] as const];
    }),
  );
}

/** How much a count has grown from one scrape to the next. */
export function growth(before: ServiceMetrics, after: ServiceMetrics, name: string): number {
  return (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

/** Requests about callers that were answered from there. */
export const answeredFrom = (source: "live" | "mirror" | "mirror_without_clio") =>
  `directory_answers_total{source="${source}"}`;

/** Asks for the metrics until they are as they should be. */
export async function metricsUntil(
  serviceUrl: string,
  holds: (metrics: ServiceMetrics) => boolean,
  { every = 50, mustRun = () => {} }: { every?: number; mustRun?: () => void } = {},
): Promise<ServiceMetrics> {
  for (;;) {
    mustRun();
    const metrics = await metricsOf(serviceUrl);
    if (holds(metrics)) return metrics;
    await pause(every);
  }
}

const AGE = "clio_mirror_age_seconds";

/** Whether the firm's mirror is complete. */
export function isComplete(metrics: ServiceMetrics): boolean {
  return metrics.has(AGE);
}

/** Whether the mirror was brought up to date that many seconds ago at most. */
export function isUpToDate(seconds: number) {
  return (metrics: ServiceMetrics) => (metrics.get(AGE) ?? Number.POSITIVE_INFINITY) <= seconds;
}

/** Resolves when the service has sent no request to Clio for a second: what it was told has been read. */
export async function untilQuiet(serviceUrl: string): Promise<void> {
  const requests = async () => {
    const metrics = await metricsOf(serviceUrl);
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
