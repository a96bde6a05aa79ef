import { parseArgs } from "node:util";
import { generatedFirm } from "./firms/generated-firm.ts";
import { startSandbox } from "./sandbox.ts";

// The options are described in docs/reference/commands.md, "The stand-in for Clio".
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
  exitWithUsageError(`--webhooks-to must be an HTTP or HTTPS URL, not ${webhooksTo}`);
}
const sandbox = await startSandbox({
  port: parseInteger("port", port),
  requestsPerMinute:
    requestsPerMinute === "off"
      ? Number.POSITIVE_INFINITY
      : parseInteger("requests-per-minute", requestsPerMinute),
  tokenLifetimeSeconds: parseInteger("token-lifetime", values["token-lifetime"]),
  ...(contacts !== undefined && {
    firms: [
      generatedFirm({
        contacts: parseInteger("contacts", contacts),
        seed: parseInteger("seed", seed),
        ...(matters !== undefined && { matters: parseInteger("matters", matters) }),
      }).firm,
    ],
  }),
  webhooks: webhooksTo === undefined ? {} : { deliverTo: webhooksTo },
});
process.stdout.write(`${sandbox.url}\n`);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => sandbox.close());

function parseInteger(name: string, text: string): number {
  return /^\d+$/.test(text) ? Number(text) : exitWithUsageError(`--${name} must be an integer, not ${text}`);
}

function exitWithUsageError(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
