import { expect, test } from "vitest";
import { createMetrics } from "../../src/runtime/metrics.ts";

/** Metrics of a fake store that counts its queries. */
function metricsOf() {
  const clock = { now: Date.UTC(2026, 4, 31) };
  const asked = { connections: 0, mirrors: 0 };
  const failure: { error: Error | null } = { error: null };
  const { registry } = createMetrics(
    {
      connections: {
        async countByState() {
          asked.connections += 1;
          if (failure.error) throw failure.error;
          return { connected: asked.connections };
        },
      },
      mirrors: {
        async totals() {
          asked.mirrors += 1;
          return { users: 1, contacts: 2, matters: 3, oldestPolledAt: Date.UTC(2026, 4, 31) - 60_000 };
        },
      },
      callOutbox: {
        async totals() {
          return { waiting: 2, needsChoice: 1, failed: 0, oldestSince: Date.UTC(2026, 4, 31) - 30_000 };
        },
      },
    },
    () => clock.now,
  );
  return { clock, asked, failure, scrape: () => registry.metrics() };
}

test("many scrapes at once query the store once", async () => {
  const { asked, scrape } = metricsOf();
  const texts = await Promise.all(Array.from({ length: 50 }, scrape));
  expect(asked).toEqual({ connections: 1, mirrors: 1 });
  for (const text of texts) {
    expect(text).toContain('clio_mirror_records{kind="matters"} 3');
    expect(text).toContain('phone_logs{state="waiting"} 2');
    expect(text).toContain("phone_log_oldest_waiting_seconds 30");
  }
});

test("a scrape queries the store again after 5 seconds", async () => {
  const { clock, asked, scrape } = metricsOf();
  await scrape();
  clock.now += 4_999;
  expect(await scrape()).toContain("clio_mirror_age_seconds 64.999");
  expect(asked).toEqual({ connections: 1, mirrors: 1 });
  clock.now += 1;
  expect(await scrape()).toContain('clio_connections{state="connected"} 2');
});

test("a failed query isn't kept", async () => {
  const { failure, scrape } = metricsOf();
  failure.error = new Error("the store is away");
  await expect(scrape()).rejects.toThrow("the store is away");
  failure.error = null;
  expect(await scrape()).toContain('clio_connections{state="connected"} 2');
});
