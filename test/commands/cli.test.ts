import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startCommand } from "../../testkit/command.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Every command, with its file. */
const COMMANDS = [
  ["npm start", "src/main.ts"],
  ["npm run init", "src/commands/init/main.ts"],
  ["npm run firms", "src/commands/firms/main.ts"],
  ["npm run sync", "src/commands/sync/main.ts"],
  ["npm run migrate-to-postgres", "src/commands/migrate-to-postgres/main.ts"],
  ["npm run demo", "sandbox/demo.ts"],
] as const;

/** Runs a command in its own process, without any settings. */
async function run(file: string, args: readonly string[], env: Record<string, string> = {}) {
  const { output, ended } = await startCommand(join(ROOT, file), args, env);
  return { code: await ended, ...output };
}

test("every folder of src/commands is a command that is tested here", () => {
  const folders = readdirSync(join(ROOT, "src/commands"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/commands/${name}/main.ts`);
  expect(COMMANDS.map(([, file]) => file)).toEqual(expect.arrayContaining(folders));
});

describe.each(COMMANDS)("%s", (command, file) => {
  test.each(["--help", "-h"])("%s prints the usage, needs no settings and exits with 0", async (option) => {
    const { code, out, err } = await run(file, [option]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Usage:\\s+${command}`));
  });

  test("an unknown option is a usage error: message and usage on standard error, exit code 2", async () => {
    const { out: usage } = await run(file, ["--help"]);
    const { code, out, err } = await run(file, ["--no-such-option"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^Unknown option/);
    expect(err.endsWith(`\n\n${usage}`)).toBe(true);
    expect(err).not.toContain("    at ");
  });
});

describe.each(
  readdirSync(join(ROOT, "bench"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("/main.ts"),
  ),
)("bench/%s", (file) => {
  test("--help prints the options, and an unknown option is a usage error", async () => {
    const help = await run(`bench/${file}`, ["--help"]);
    expect({ ...help, out: "" }).toEqual({ code: 0, out: "", err: "" });
    expect(help.out).toMatch(/^Usage: npm run bench/);
    const { code, err } = await run(`bench/${file}`, ["--no-such-option"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^Unknown option/);
    expect(err.endsWith(help.out)).toBe(true);
  });
});

test.each(COMMANDS.slice(0, -1).filter(([command]) => command !== "npm run init"))(
  "%s lists every invalid setting and exits with 1",
  async (command, file) => {
    const args = command === "npm run migrate-to-postgres" ? ["--to", "postgres://127.0.0.1:1/router"] : [];
    const { code, out, err } = await run(file, args, { PORT: "seventy", CLIO_CLIENT_ID: "id" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.split("\n").map((line) => line.split(". Example: ")[0])).toEqual([
      "The settings are invalid:",
      "",
      "PUBLIC_URL: required, but not set",
      "CLIO_CLIENT_SECRET: required, but not set",
      "SECRET_KEY: required, but not set",
      'PORT: must be a whole number from 0 to 65535 (got "seventy")',
      "",
    ]);
  },
);
