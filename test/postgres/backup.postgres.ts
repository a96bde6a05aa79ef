import { execFileSync } from "node:child_process";
import { join } from "node:path";
import supertest from "supertest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { complete } from "../../testkit/mirror.ts";
import { type PostgresServer, program, startPostgres } from "../../testkit/postgres.ts";
import {
  connectUser,
  folderForTest,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

test("pg_restore restores everything from a pg_dump that was made while the service ran", async () => {
  const sandbox = await sandboxForTest();
  const env = { DIRECTORY: "mirror", DATABASE_URL: await postgres.freshDatabase() };
  const service = await serviceForTest(sandbox.url, { env });
  const { key } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
  await complete(service);
  const file = join(await folderForTest(), "backup.dump");
  execFileSync(program("pg_dump"), ["--format=custom", `--file=${file}`, env.DATABASE_URL]);
  await service.close();
  await postgres.dropDatabase(env.DATABASE_URL);

  const restored = await postgres.freshDatabase();
  execFileSync(program("pg_restore"), ["--exit-on-error", "--no-owner", `--dbname=${restored}`, file]);
  const again = await serviceForTest(sandbox.url, { env: { ...env, DATABASE_URL: restored } });
  const answer = await supertest(again.url)
    .get("/route-call")
    .query({ caller_id: exampleCases.janeDoe.phone })
    .set("Authorization", `Bearer ${key}`);
  expect(answer.body).toMatchObject({
    found: true,
    data: { contact: { id: exampleCases.janeDoe.contactId } },
  });
  // Answered from the copy in the backup, not from Clio.
  expect(again.logLines.join("")).toContain('"directory":"mirror"');
});
