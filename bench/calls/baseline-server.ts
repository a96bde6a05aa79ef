/** The throughput baseline: a bare Express route that always returns the body in `BODY`. Prints its address. */
import type { AddressInfo } from "node:net";
import express from "express";

const body = JSON.parse(process.env.BODY ?? "{}");
const app = express();
app.get("/route-call", (_, response) => {
  response.json(body);
});
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
