import pg from "pg";
import supertest from "supertest";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { mirroredService } from "../../testkit/mirror.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { serviceForTest } from "../../testkit/service.ts";

const { janeDoe } = exampleCases;
const REPETITIONS = 40;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

it("runs few queries per request, because each of them is a round trip", async () => {
  const DATABASE_URL = await postgres.freshDatabase();
  const { sandbox, service: first, key, clock } = await mirroredService({ env: { DATABASE_URL } });
  await first.close();
  // The scheduler's own queries would be counted too.
  const service = await serviceForTest(sandbox.url, {
    env: { DIRECTORY: "mirror", DATABASE_URL },
    now: () => clock.now,
    pollIntervalMs: 3_600_000,
  });
  const queries = vi.spyOn(pg.Client.prototype, "query");
  onTestFinished(() => queries.mockRestore());

  /** The fewest of several times: the scheduler may still be busy with the start, and a key is read once a second. */
  async function queriesOf(path: string, query: Record<string, string | number>): Promise<number> {
    let fewest = Number.POSITIVE_INFINITY;
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      queries.mockClear();
      await supertest(service.url).get(path).query(query).set("Authorization", `Bearer ${key}`).expect(200);
      fewest = Math.min(fewest, queries.mock.calls.length);
    }
    return fewest;
  }

  expect({
    healthz: await queriesOf("/healthz", {}),
    withheld: await queriesOf("/route-call", { caller_id: "anonymous" }),
    routed: await queriesOf("/route-call", { caller_id: janeDoe.phone }),
    contact: await queriesOf("/lookup-contact", { phone: janeDoe.phone }),
    staff: await queriesOf("/responsible-staff", { clio_contact_id: janeDoe.contactId }),
  }).toEqual({ healthz: 0, withheld: 0, routed: 1, contact: 1, staff: 1 });
});
