import { parseArgs } from "node:util";
import { startSandbox } from "./sandbox.ts";

// node src/sandbox/main.ts --port 4000 [--requests-per-minute N|off] [--token-lifetime SECONDS]
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "requests-per-minute": { type: "string", default: "50" },
    "token-lifetime": { type: "string", default: "2592000" },
  },
});

const requestsPerMinute = values["requests-per-minute"];
const sandbox = await startSandbox({
  port: toInteger("port", values.port),
  requestsPerMinute:
    requestsPerMinute === "off"
      ? Number.POSITIVE_INFINITY
      : toInteger("requests-per-minute", requestsPerMinute),
  tokenLifetime: toInteger("token-lifetime", values["token-lifetime"]),
});
process.stdout.write(`${sandbox.url}\n`);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => sandbox.close());

function toInteger(name: string, text: string): number {
  if (!/^\d+$/.test(text)) {
    process.stderr.write(`--${name} must be a whole number, not ${text}\n`);
    process.exit(2);
  }
  return Number(text);
}
