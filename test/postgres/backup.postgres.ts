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

test("pg_restore restores everything except the mirror from the documented pg_dump, and the mirror is read again", async () => {
  const sandbox = await sandboxForTest();
  const env = { DIRECTORY: "mirror", DATABASE_URL: await postgres.freshDatabase() };
  const service = await serviceForTest(sandbox.url, { env });
  const { key } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
  await complete(service);
  const file = join(await folderForTest(), "backup.dump");
  execFileSync(program("pg_dump"), [
    "--format=custom",
    "--no-unlogged-table-data",
    "--exclude-table-data=mirror*",
    "--exclude-table-data=noted_changes",
    "--exclude-table-data=leases",
    `--file=${file}`,
    env.DATABASE_URL,
  ]);
  const table = (name: string) =>
    execFileSync(program("pg_restore"), ["--data-only", `--table=${name}`, "--file=-", file], {
      encoding: "utf8",
    });
  // In a custom dump, a table without data has no COPY.
  expect(table("connections")).toContain("COPY");
  for (const name of ["mirror_keys", "mirrors", "mirror_records", "mirror_terms"])
    expect(table(name)).not.toContain("COPY");
  await service.close();
  await postgres.dropDatabase(env.DATABASE_URL);

  const restored = await postgres.freshDatabase();
  execFileSync(program("pg_restore"), ["--exit-on-error", "--no-owner", `--dbname=${restored}`, file]);
  const again = await serviceForTest(sandbox.url, { env: { ...env, DATABASE_URL: restored } });
  await complete(again);
  const answer = await supertest(again.url)
    .get("/route-call")
    .query({ caller_id: exampleCases.janeDoe.phone })
    .set("Authorization", `Bearer ${key}`);
  expect(answer.body).toMatchObject({
    found: true,
    data: { contact: { id: exampleCases.janeDoe.contactId } },
  });
  expect(again.logLines.join("")).toContain('"directory":"mirror"');
});
