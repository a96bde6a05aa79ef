import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parse } from "dotenv";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { InterruptedError } from "../../src/commands/command-error.ts";
import { InputEndedError, Prompt } from "../../src/commands/prompt.ts";
import { checkSetting, readSettings } from "../../src/config/settings.ts";
import { SETTINGS } from "../../src/config/settings-schema.ts";
import { startCommand } from "../../testkit/command.ts";
import { folderForTest, sandboxForTest } from "../../testkit/service.ts";

const CLIENT_SECRET = "s3cret-of-the-app";
const ANSWERS = ["eu", "https://router.example.com", "id-of-the-app", CLIENT_SECRET];
const OLD_KEY = Buffer.alloc(32, "k").toString("base64");
const BACKUP = /^\.env\.before-\d{8}-\d{6}$/;

/** Nothing listens on this port, so that no test asks the real Clio. */
const UNREACHABLE_CLIO = { CLIO_BASE_URL: "http://127.0.0.1:9" };

/** Starts a script in a folder. */
function start(script: "commands/init/main.ts" | "main.ts", cwd: string, env: Record<string, string> = {}) {
  return startCommand(join(import.meta.dirname, "../../src", script), [], env, { cwd });
}

function startInit(folder: string, env: Record<string, string> = UNREACHABLE_CLIO) {
  return start("commands/init/main.ts", folder, env);
}

/** Runs `npm run init` with all answers in a pipe, one per line. */
async function init(folder: string, answers: readonly string[], env?: Record<string, string>) {
  const { process: child, output, ended } = await startInit(folder, env);
  child.stdin?.end(answers.map((answer) => `${answer}\n`).join(""));
  return { code: await ended, ...output };
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

function settingsIn(folder: string) {
  return readSettings({ env: {}, envFile: join(folder, ".env") });
}

async function folderWith(env: string): Promise<string> {
  const folder = await folderForTest();
  await writeFile(join(folder, ".env"), env);
  await chmod(join(folder, ".env"), 0o644);
  return folder;
}

describe("in an empty folder", () => {
  test("writes a .env that only the owner can read, with every answer, a new key and a new token", async () => {
    const folder = await folderForTest();
    const { code, err } = await init(folder, ANSWERS);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await modeOf(join(folder, ".env"))).toBe(0o600);

    const settings = settingsIn(folder);
    expect(settings).toMatchObject({
      publicUrl: "https://router.example.com",
      clio: {
        region: "eu",
        baseUrl: "https://eu.app.clio.com",
        clientId: "id-of-the-app",
        clientSecret: CLIENT_SECRET,
      },
      port: 3000,
    });
    expect(settings.secretKeys.map((key) => key.length)).toEqual([32]);
    expect(settings.setupToken).toMatch(/^[\w-]{32}$/);

    const other = await folderForTest();
    await init(other, ANSWERS);
    expect(settingsIn(other).secretKeys).not.toEqual(settings.secretKeys);
    expect(settingsIn(other).setupToken).not.toBe(settings.setupToken);
  });

  test("lists every setting below a comment, and leaves those without an answer as in .env.example", async () => {
    const folder = await folderForTest();
    await init(folder, ANSWERS);
    const text = await readFile(join(folder, ".env"), "utf8");
    const given = Object.keys(parse(text));
    expect(given.sort()).toEqual(
      [
        "PUBLIC_URL",
        "CLIO_CLIENT_ID",
        "CLIO_CLIENT_SECRET",
        "SECRET_KEY",
        "CLIO_REGION",
        "SETUP_TOKEN",
      ].sort(),
    );
    const lines = text.split("\n");
    for (const { name, default: value } of SETTINGS) {
      const index = lines.findIndex((line) => new RegExp(`^(# )?${name}=`).test(line));
      expect(lines[index - 1], name).toMatch(/^# ./);
      if (!given.includes(name)) expect(lines[index]).toBe(`# ${name}=${value ?? ""}`);
    }
    expect(text).not.toContain("Copy to .env");
  });

  test("explains what to enter in Clio before it asks for what Clio shows in return", async () => {
    const { out } = await init(await folderForTest(), ANSWERS);
    const [explained = "", asked = ""] = out.split(/(?=^Client ID)/m);
    expect(asked).toContain("Client ID");
    expect(explained).toContain("https://eu.developers.clio.com/apps");
    expect(explained).toMatch(/Redirect URI +https:\/\/router\.example\.com\/oauth\/callback$/m);
    const permissions = [...explained.matchAll(/^ {4}(\w[\w ]*?) +(read|write|read\/write|none) +(\S.*)$/gm)];
    expect(permissions.map(([, name, access]) => [name, access])).toEqual([
      ["Contacts", "read"],
      ["Matters", "read"],
      ["Users", "read"],
      ["Custom actions", "read/write"],
      ["Webhooks", "read/write"],
      ["Communications", "read/write"],
      ["Contacts", "read/write"],
      ["Calendars", "read"],
      ["Tasks", "read/write"],
      ["Activities", "read"],
      ["Documents", "read"],
    ]);
    expect(explained).toContain("  us  https://app.clio.com\n");
    expect(explained).toContain("  au  https://au.app.clio.com\n");
  });

  test("prints no secret but the setup link, after the command that starts the service", async () => {
    const folder = await folderForTest();
    const { out, err } = await init(folder, ANSWERS);
    const { SECRET_KEY = "", SETUP_TOKEN = "" } = parse(await readFile(join(folder, ".env")));
    expect(SECRET_KEY).not.toBe("");
    expect(out + err).not.toContain(CLIENT_SECRET);
    expect(out + err).not.toContain(SECRET_KEY);
    expect(out.split(SETUP_TOKEN)).toHaveLength(2);
    expect(out).toMatch(
      /^ {2}npm start$[\s\S]*^ {2}https:\/\/router\.example\.com\/connect\?setup=[\w-]{32}$/m,
    );
  });

  test("takes an empty or blank answer as the default, and writes an address as the service reads it", async () => {
    const folder = await folderForTest();
    expect((await init(folder, [" ", "https://Router.Example.com/", "x", "y"])).code).toBe(0);
    const text = await readFile(join(folder, ".env"), "utf8");
    expect(parse(text)).toMatchObject({ CLIO_REGION: "us", PUBLIC_URL: "https://router.example.com" });
  });

  test("repeats the question after an invalid answer, with what the service says about it", async () => {
    const folder = await folderForTest();
    const { code, out } = await init(folder, [
      "uk",
      "EU",
      "",
      "router example com",
      "http://router.example.com",
      "router.example.com/base",
      "https://router.example.com",
      "  ",
      "id-of-the-app",
      "",
      "it's",
      CLIENT_SECRET,
    ]);
    expect(code).toBe(0);
    expect([...out.matchAll(/Invalid answer: (.*)\.$/gm)].map(([, problem]) => problem)).toEqual([
      "must be one of us, eu, ca, au",
      "required, but not set",
      "must be a URL",
      "must start with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)",
      "must not have a path, query or fragment",
      "required, but not set",
      "required, but not set",
      "must not contain ' or control characters",
    ]);
    expect(out).not.toContain("it's");
    expect(settingsIn(folder).clio).toMatchObject({ region: "eu", clientSecret: CLIENT_SECRET });
  });

  test.each(["a#b", "a b # c", '"quoted"', "$HOME $1 $&", "back\\slash\\n", "a=b`c", "ü€"])(
    "a secret like %s is read from the file unchanged",
    async (secret) => {
      const folder = await folderForTest();
      await init(folder, [...ANSWERS.slice(0, -1), secret]);
      expect(settingsIn(folder).clio.clientSecret).toBe(secret);
    },
  );
});

describe("the public address", () => {
  test.each([
    ["router.example.com", "https://router.example.com"],
    ["Router.Example.com:8443/", "https://router.example.com:8443"],
    ["localhost:3000", "http://localhost:3000"],
    ["127.0.0.1:3000", "http://127.0.0.1:3000"],
    ["[::1]:3000", "http://[::1]:3000"],
    ["localhost.example.com", "https://localhost.example.com"],
    ["https://router.example.com", "https://router.example.com"],
  ])("%s is read as %s", async (typed, address) => {
    const folder = await folderForTest();
    const { code, out } = await init(folder, ["us", typed, ...ANSWERS.slice(2)]);
    expect(code).toBe(0);
    expect(settingsIn(folder).publicUrl).toBe(address);
    expect(out).toContain(`Redirect URI   ${address}/oauth/callback\n`);
  });

  test("the question says how to get one on a laptop", async () => {
    const { out } = await init(await folderForTest(), ANSWERS);
    const [explained = ""] = out.split("Public address:");
    expect(explained).toContain("cloudflared tunnel --url http://localhost:3000\n");
    expect(explained).toContain("ngrok http 3000\n");
    expect(explained).toMatch(/change PUBLIC_URL in \.env and the redirect\sURI in Clio/);
  });
});

describe("the key and secret of the app", () => {
  const [region = "", address = ""] = ANSWERS;

  test("are checked with Clio, which isn't changed", async () => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    const answers = [region, address, "sandbox-client", "sandbox-secret"];
    const { code, out } = await init(folder, answers, { CLIO_BASE_URL: sandbox.url });
    expect(code).toBe(0);
    expect(out).toContain("Clio accepts them.\n");
    expect(sandbox.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /oauth/token"]);
    expect(settingsIn(folder).clio).toMatchObject({
      clientId: "sandbox-client",
      clientSecret: "sandbox-secret",
    });
  });

  test("are asked for again while Clio refuses them", async () => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    const answers = ["sandbox-client", "wrong", "", "wrong", "sandbox-secret", "y"];
    const { code, out } = await init(
      folder,
      [region, address, ...answers, "sandbox-client", "sandbox-secret"],
      {
        CLIO_BASE_URL: sandbox.url,
      },
    );
    expect(code).toBe(0);
    expect(out.match(/Clio doesn't accept them\. Check both/g)).toHaveLength(2);
    expect(out).toContain(`created the app for ${sandbox.url}.`);
    expect(settingsIn(folder).clio.clientSecret).toBe("sandbox-secret");
  });

  test("are written all the same if the operator says so", async () => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    const { code } = await init(folder, [...ANSWERS, "no"], { CLIO_BASE_URL: sandbox.url });
    expect(code).toBe(0);
    expect(settingsIn(folder).clio.clientSecret).toBe(CLIENT_SECRET);
  });

  test("nothing is written if the input ends while Clio refuses them", async () => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    const { code, err } = await init(folder, ANSWERS, { CLIO_BASE_URL: sandbox.url });
    expect(code).toBe(1);
    expect(err).toContain("The input ended before the last question.");
    expect(await readdir(folder)).toEqual([]);
  });

  test.each<[what: string, fault: Fault | null]>([
    ["can't be reached", null],
    ["responds with 503", { kind: "status", status: 503 }],
    ["responds with something else", { kind: "wrong_shape" }],
    ["resets the connection", { kind: "reset" }],
  ])("are written unchecked if Clio %s", async (_, fault) => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    if (fault) sandbox.fault({ path: "/oauth/token", ...fault });
    const env = fault ? { CLIO_BASE_URL: sandbox.url } : UNREACHABLE_CLIO;
    const { code, out } = await init(folder, ANSWERS, env);
    expect(code).toBe(0);
    expect(out).toContain(`Couldn't check them, because ${env.CLIO_BASE_URL} can't be reached`);
    expect(settingsIn(folder).clio.clientSecret).toBe(CLIENT_SECRET);
  });

  test("can be interrupted while Clio is asked", async () => {
    const sandbox = await sandboxForTest();
    const folder = await folderForTest();
    sandbox.fault({ path: "/oauth/token", kind: "hang" });
    const { process: child, output, ended } = await startInit(folder, { CLIO_BASE_URL: sandbox.url });
    child.stdin?.write(`${ANSWERS.join("\n")}\n`);
    await expect.poll(() => sandbox.requests.length).toBe(1);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output.err).toBe("Stopped. Nothing was changed.\n");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("leaves nothing behind when it is interrupted", () => {
  test.each([0, 1, 2, 3])("by the end of the input after %i answers", async (count) => {
    const folder = await folderForTest();
    const { code, err } = await init(folder, ANSWERS.slice(0, count));
    expect(code).toBe(1);
    expect(err).toBe("The input ended before the last question. Nothing was changed.\n");
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "by %s at the last question: exits with 130, without a stack",
    async (signal) => {
      const folder = await folderForTest();
      const { process: child, output, ended } = await startInit(folder);
      child.stdin?.write(`${ANSWERS.slice(0, 3).join("\n")}\n`);
      await expect.poll(() => output.out).toContain("Client secret");
      child.kill(signal);
      expect(await ended).toBe(130);
      expect(output.err).toBe("Stopped. Nothing was changed.\n");
      expect(output.out).toMatch(/Client secret.*: \n$/);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test("by a .env that appears in the meantime, which stays", async () => {
    const folder = await folderForTest();
    const { process: child, output, ended } = await startInit(folder);
    child.stdin?.write(`${ANSWERS.slice(0, 3).join("\n")}\n`);
    await expect.poll(() => output.out).toContain("Client secret");
    await writeFile(join(folder, ".env"), "PORT=1\n");
    child.stdin?.end(`${CLIENT_SECRET}\n`);
    expect(await ended).toBe(1);
    expect(output.err).toMatch(
      /^Can't read or write \.env: \.env was changed in the meantime\. Nothing was changed\.\n$/,
    );
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe("PORT=1\n");
  });

  test("by a .env that isn't a file, with a sentence instead of a stack", async () => {
    const folder = await folderForTest();
    await mkdir(join(folder, ".env"));
    const { code, err } = await init(folder, ANSWERS);
    expect(code).toBe(1);
    expect(err).toMatch(/^Can't read or write \.env: EISDIR.*Nothing was changed\.\n$/);
    expect(await readdir(folder)).toEqual([".env"]);
  });
});

describe("with an existing .env", () => {
  const EARLIER = `# mine\nPORT=4000\nDATABASE_URL=sqlite:/srv/router.db\nHOST=\nSECRET_KEY=${OLD_KEY}\n`;

  test.each(["", "n", "no"])("leaves it unchanged after the answer %j", async (answer) => {
    const folder = await folderWith(EARLIER);
    const { code, out } = await init(folder, [answer, ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toMatch(/Nothing was changed\.\n$/);
    expect(out).not.toContain("Region");
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe(EARLIER);
  });

  test("replaces it only after yes, keeps a backup for the owner only, and keeps its SECRET_KEY", async () => {
    const folder = await folderWith(EARLIER);
    const { code, out } = await init(folder, ["sure", "yes", "", ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toContain("Invalid answer: must be yes or no.");
    const [current, backup = "", ...more] = (await readdir(folder)).sort();
    expect([current, more]).toEqual([".env", []]);
    expect(backup).toMatch(BACKUP);
    expect(out).toContain(`The previous file is now ${backup}.`);
    expect(await readFile(join(folder, backup), "utf8")).toBe(EARLIER);
    expect(await modeOf(join(folder, backup))).toBe(0o600);
    expect(await modeOf(join(folder, ".env"))).toBe(0o600);
    expect(settingsIn(folder).secretKeys).toEqual([new Uint8Array(Buffer.from(OLD_KEY, "base64"))]);
    expect(out).not.toContain(OLD_KEY);
    expect(out).toContain("copy the ones you still need: PORT, DATABASE_URL.\n");
  });

  test("replaces its SECRET_KEY on request", async () => {
    const folder = await folderWith(EARLIER);
    expect((await init(folder, ["y", "no", ...ANSWERS])).code).toBe(0);
    const { SECRET_KEY } = parse(await readFile(join(folder, ".env")));
    expect(SECRET_KEY).not.toBe(OLD_KEY);
    expect(settingsIn(folder).secretKeys).toHaveLength(1);
  });

  test("keeps every key of a rotation", async () => {
    const folder = await folderWith(`SECRET_KEY="${OLD_KEY}, ${OLD_KEY}"\n`);
    await init(folder, ["y", "", ...ANSWERS]);
    expect(settingsIn(folder).secretKeys).toHaveLength(2);
  });

  test("doesn't offer or print a SECRET_KEY that the service would refuse", async () => {
    const folder = await folderWith("SECRET_KEY=much-too-short\n");
    const { code, out } = await init(folder, ["y", ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toContain("The SECRET_KEY in that file is invalid.");
    expect(out).not.toContain("much-too-short");
    expect(settingsIn(folder).secretKeys).toHaveLength(1);
  });

  test("leaves it unchanged when the input ends after the yes", async () => {
    const folder = await folderWith(EARLIER);
    expect((await init(folder, ["y", "", "eu"])).code).toBe(1);
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe(EARLIER);
  });
});

describe("at a terminal", () => {
  /** A terminal whose keys the test presses. */
  function terminal() {
    const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const screen = Object.assign(new PassThrough(), { columns: 80 });
    let shown = "";
    screen.on("data", (text) => (shown += text));
    const stopping = new AbortController();
    const prompt = new Prompt(keyboard, screen, stopping.signal);
    onTestFinished(() => prompt.close());
    return { prompt, stopping, press: (keys: string) => keyboard.write(keys), shown: () => shown };
  }
  const anything = { validate: () => null };

  test("echoes an answer, but not a hidden one, not even after the arrow keys", async () => {
    const { prompt, press, shown } = terminal();
    const id = prompt.ask({ text: "Id", ...anything });
    press("seen\r");
    expect(await id).toBe("seen");
    const secret = prompt.ask({ text: "Secret", hidden: true, ...anything });
    press("hidden");
    press("\u007f\u007fEN\r");
    expect(await secret).toBe("hiddEN");
    const last = prompt.ask({ text: "Last", ...anything });
    press("\u001b[A\u001b[A!\r");
    expect(await last).toBe("!");
    expect(shown()).toContain("seen");
    expect(shown()).toContain("Secret: \n");
    expect(shown()).not.toMatch(/hi|EN/);
  });

  test("accepts a secret that is pasted together with the previous answer, without showing it", async () => {
    const { prompt, press, shown } = terminal();
    const id = prompt.ask({ text: "Id", ...anything });
    press("seen\rhidden\r");
    expect(await id).toBe("seen");
    expect(await prompt.ask({ text: "Secret", hidden: true, ...anything })).toBe("hidden");
    expect(shown()).toContain("seen");
    expect(shown()).not.toContain("hidden");
  });

  test.each([true, false])("Ctrl+C and the signal interrupt (hidden answer: %s)", async (hidden) => {
    for (const by of ["key", "signal"]) {
      const { prompt, stopping, press } = terminal();
      const answer = prompt.ask({ text: "Question", hidden, ...anything });
      press("typed so far");
      if (by === "key") press("\u0003");
      else stopping.abort();
      await expect(answer).rejects.toThrow(InterruptedError);
      await expect(prompt.ask({ text: "Another", ...anything })).rejects.toThrow(InterruptedError);
    }
  });

  test("Ctrl+D ends the input", async () => {
    const { prompt, press } = terminal();
    const answer = prompt.ask({ text: "Secret", hidden: true, ...anything });
    press("\u0004");
    await expect(answer).rejects.toThrow(InputEndedError);
  });
});

describe("npm start", () => {
  const HINT = "npm run init";

  test("suggests npm run init when nothing is set", async () => {
    const { output, ended } = await start("main.ts", await folderForTest(), { LOG_LEVEL: "debug" });
    expect(await ended).toBe(1);
    expect(output.err).toContain("PUBLIC_URL: required");
    expect(output.err).toContain(HINT);
  });

  test("doesn't when something is set, in the environment or in .env", async () => {
    const byEnvironment = await start("main.ts", await folderForTest(), { CLIO_CLIENT_ID: "x" });
    const byFile = await start("main.ts", await folderWith("PORT=3000\n"));
    for (const { output, ended } of [byEnvironment, byFile]) {
      expect(await ended).toBe(1);
      expect(output.err).toContain("PUBLIC_URL: required");
      expect(output.err).not.toContain(HINT);
    }
  });
});

test("checkSetting agrees with readSettings and quotes nothing", () => {
  for (const name of ["PUBLIC_URL", "CLIO_CLIENT_ID", "CLIO_CLIENT_SECRET", "SECRET_KEY"] as const) {
    expect(checkSetting(name, " ")).toBe("required, but not set");
  }
  expect(checkSetting("PORT", "")).toBeNull();
  expect(checkSetting("SECRET_KEY", ` ${OLD_KEY}\n`)).toBeNull();
  expect(checkSetting("SECRET_KEY", "hunter2!")).toBe("key 1 of 1 is not base64");
});
