import { parseArgs } from "node:util";
import { generatedFirm } from "./firms/generated-firm.ts";
import { startSandbox } from "./sandbox.ts";

// node sandbox/main.ts --port 4000 [--requests-per-minute N|off] [--token-lifetime SECONDS]
//   [--contacts N [--seed S] [--matters N]] (a generated firm instead of the example firm) [--webhooks-to URL]
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "requests-per-minute": { type: "string", default: "50" },
    "token-lifetime": { type: "string", default: "2592000" },
    contacts: { type: "string" },
    seed: { type: "string", default: "1" },
    matters: { type: "string" },
    "webhooks-to": { type: "string" },
  },
});

const { port, contacts, seed, matters, "requests-per-minute": requestsPerMinute } = values;
const webhooksTo = values["webhooks-to"];
if (webhooksTo !== undefined && !/^https?:$/.test(URL.parse(webhooksTo)?.protocol ?? "")) {
  refuse(`--webhooks-to must be a URL, not ${webhooksTo}`);
}
const sandbox = await startSandbox({
  port: toInteger("port", port),
  requestsPerMinute:
    requestsPerMinute === "off"
      ? Number.POSITIVE_INFINITY
      : toInteger("requests-per-minute", requestsPerMinute),
  tokenLifetime: toInteger("token-lifetime", values["token-lifetime"]),
  ...(contacts !== undefined && {
    firms: [
      generatedFirm({
        contacts: toInteger("contacts", contacts),
        seed: toInteger("seed", seed),
        ...(matters !== undefined && { matters: toInteger("matters", matters) }),
      }).firm,
    ],
  }),
  webhooks: webhooksTo === undefined ? {} : { deliverTo: webhooksTo },
});
process.stdout.write(`${sandbox.url}\n`);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => sandbox.close());

function toInteger(name: string, text: string): number {
  return /^\d+$/.test(text) ? Number(text) : refuse(`--${name} must be a whole number, not ${text}`);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
