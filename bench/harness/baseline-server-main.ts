/** The baseline: bare Express routes that always return the same bodies. `BODIES` maps paths to JSON or HTML. Prints the address. */
import type { AddressInfo } from "node:net";
import express from "express";

const bodies: Record<string, unknown> = JSON.parse(process.env.BODIES ?? "{}");
const app = express();
for (const [path, body] of Object.entries(bodies))
  app.all(path, (_, response) => {
    if (typeof body === "string") response.send(body);
    else response.json(body);
  });
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
