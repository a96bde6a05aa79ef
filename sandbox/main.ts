import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { generatedFirm } from "./firms/generated-firm.ts";
import { startSandbox } from "./sandbox.ts";

const USAGE = `Usage: npx node sandbox/main.ts [OPTION...]

Runs a stand-in for Clio with an invented firm until Ctrl+C stops it, and prints its address. The client ID is
sandbox-client, the secret sandbox-secret.

  --port N                  Port; 0 (the default) picks a free one
  --requests-per-minute N   Clio's rate limit, or off; default 50
  --token-lifetime SECONDS  Lifetime of access tokens; default 2592000
  --contacts N              A generated firm of this size instead of the example firm
  --matters N               Its number of matters; default about as many as contacts
  --seed N                  Another generated firm for each seed; default 1
  --webhooks-to URL         Where webhooks are delivered, regardless of the registered address
`;

const values = readOptions({
  port: { type: "string", default: "0" },
  "requests-per-minute": { type: "string", default: "50" },
  "token-lifetime": { type: "string", default: "2592000" },
  contacts: { type: "string" },
  seed: { type: "string", default: "1" },
  matters: { type: "string" },
  "webhooks-to": { type: "string" },
  help: { type: "boolean", short: "h", default: false },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

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
}).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== "EADDRINUSE") throw error;
  return exitWithUsageError(`Port ${port} is already in use. Choose another one with --port.`);
});
process.stdout.write(`${sandbox.url}\n`);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => sandbox.close());

function readOptions<const Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return exitWithUsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function parseInteger(name: string, text: string): number {
  return /^\d+$/.test(text) ? Number(text) : exitWithUsageError(`--${name} must be an integer, not ${text}`);
}

function exitWithUsageError(message: string): never {
  process.stderr.write(message.endsWith("\n") ? message : `${message}\n`);
  process.exit(2);
}
