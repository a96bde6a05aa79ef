import { afterAll, beforeAll, expect, it } from "vitest";
import { createSealer } from "../../src/store/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { batteryOfTests } from "../store/battery.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

batteryOfTests("PostgreSQL", async () => {
  const url = await postgres.freshDatabase();
  return {
    open: (sealer, now) => openStore({ kind: "postgres", url }, sealer, now),
    destroy: () => postgres.dropDatabase(url),
  };
});

it("is brought up to date once by eight that open it at the same moment", async () => {
  const location = { kind: "postgres" as const, url: await postgres.freshDatabase() };
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(location, sealer)));
  await Promise.all(stores.map(({ firms }) => firms.count())).then((counts) =>
    expect(counts).toEqual(stores.map(() => 0)),
  );
  await Promise.all(stores.map((store) => store.close()));
});
