/**
 * The sandbox with a generated firm of any size, as a separate process. A second server gives the benchmark access to what
 * the sandbox otherwise offers only within its own process. Prints both addresses.
 *
 *     node bench/harness/generated-sandbox-main.ts --contacts 100000 --matters 60000 --seed 4
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import express from "express";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";

const { values } = parseArgs({
  options: {
    contacts: { type: "string", default: "1000" },
    matters: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    relatedShare: { type: "string", default: "0" },
  },
});
const { firm } = generatedFirm({
  contacts: Number(values.contacts),
  matters: Number(values.matters),
  seed: Number(values.seed),
  relatedShare: Number(values.relatedShare),
});
const sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });

const app = express();
app.get("/counts", (_, response) => response.json(Object.fromEntries(sandbox.counts)));
app.get("/webhooks", (_, response) =>
  response.json(firm.users.flatMap(({ id }) => sandbox.webhooks.registry.of(id))),
);
app.post("/click", express.json(), (request, response) => {
  response.json(sandbox.click(request.body));
});
app.post("/limit", express.json(), (request, response) => {
  sandbox.setRequestsPerMinute(request.body.requestsPerMinute ?? Number.POSITIVE_INFINITY);
  response.json({});
});
const server = createServer(app).listen(0, "127.0.0.1");
await once(server, "listening");
process.stdout.write(`${sandbox.url}\nhttp://127.0.0.1:${(server.address() as AddressInfo).port}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
