import supertest from "supertest";
import { expect, test } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { mirroredService } from "../../testkit/mirror.ts";
import { pathOf, serviceForTest } from "../../testkit/service.ts";
import { executedQueries } from "../../testkit/sqlite-queries.ts";

const { janeDoe, closedOnly, spouse } = exampleCases;
const REPETITIONS = 5;

test("runs few database queries per request, and none for a health check", async () => {
  const { sandbox, service: first, folder, key, clock } = await mirroredService();
  await first.close();
  // The scheduler's own queries would be counted too.
  const service = await serviceForTest(sandbox.url, {
    folder,
    env: { DIRECTORY: "mirror" },
    now: () => clock.now,
    pollIntervalMs: 3_600_000,
  });

  /** The fewest of several times: the scheduler may still be busy with the start, and a key is read once a second. */
  async function queriesOf(
    path: string | (() => string),
    query: Record<string, string | number> = {},
  ): Promise<number> {
    let fewest = Number.POSITIVE_INFINITY;
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      const next = typeof path === "string" ? path : path();
      const before = executedQueries();
      await supertest(service.url).get(next).query(query).set("Authorization", `Bearer ${key}`).expect(200);
      fewest = Math.min(fewest, executedQueries() - before);
    }
    return fewest;
  }

  const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
  const click = () => pathOf(sandbox.click({ userId, subjectPath: `/api/v4/matters/${janeDoe.matterId}` }));

  expect({
    healthz: await queriesOf("/healthz"),
    withheld: await queriesOf("/route-call", { caller_id: "anonymous" }),
    routed: await queriesOf("/route-call", { caller_id: janeDoe.phone }),
    withoutLiveMatter: await queriesOf("/route-call", { caller_id: closedOnly.phone }),
    related: await queriesOf("/route-call", { caller_id: spouse.phone }),
    contact: await queriesOf("/lookup-contact", { phone: janeDoe.phone }),
    staff: await queriesOf("/responsible-staff", { clio_contact_id: janeDoe.contactId }),
    click: await queriesOf(click),
  }).toEqual({
    healthz: 0,
    withheld: 0,
    routed: 1,
    withoutLiveMatter: 1,
    related: 2,
    contact: 1,
    staff: 1,
    click: 2,
  });
});
