import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parse } from "dotenv";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { InputEndedError, Prompt } from "../../src/commands/prompt.ts";
import { checkSetting, readSettings, SETTINGS } from "../../src/config/settings.ts";
import { CHILD_ENV } from "../../testkit/child-env.ts";
import { folderForTest } from "../../testkit/service.ts";

const CLIENT_SECRET = "s3cret-of-the-app";
const ANSWERS = ["eu", "https://router.example.com", "id-of-the-app", CLIENT_SECRET];
const OLD_KEY = Buffer.alloc(32, "k").toString("base64");
const BACKUP = /^\.env\.before-\d{8}-\d{6}$/;

interface Run {
  process: ChildProcessWithoutNullStreams;
  output: { out: string; err: string };
  ended: Promise<number | null>;
}

/** A command of this project as a process of its own, with a pipe for the answers. */
function start(
  script: "commands/init/main.ts" | "main.ts",
  folder: string,
  env: Record<string, string> = {},
): Run {
  const path = join(import.meta.dirname, "../../src", script);
  const child = spawn(process.execPath, [path], { cwd: folder, env: { ...CHILD_ENV, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { out: "", err: "" };
  child.stdout.on("data", (text) => (output.out += text));
  child.stderr.on("data", (text) => (output.err += text));
  return { process: child, output, ended: once(child, "close").then(([code]) => code) };
}

/** `npm run init` with all answers in a pipe, a line for each. */
async function init(folder: string, answers: readonly string[]) {
  const { process: child, output, ended } = start("commands/init/main.ts", folder);
  child.stdin.end(answers.map((answer) => `${answer}\n`).join(""));
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
  test("a .env for the owner alone is written, with every answer, a new key and a new token", async () => {
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

  test("every setting stands in it, below a comment, and those not asked for as in .env.example", async () => {
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
      const place = lines.findIndex((line) => new RegExp(`^(# )?${name}=`).test(line));
      expect(lines[place - 1], name).toMatch(/^# ./);
      if (!given.includes(name)) expect(lines[place]).toBe(`# ${name}=${value ?? ""}`);
    }
    expect(text).not.toContain("Copy to .env");
  });

  test("what to enter in Clio is told before what Clio gives for it is asked", async () => {
    const { out } = await init(await folderForTest(), ANSWERS);
    const [told = "", asked = ""] = out.split(/(?=^Client id)/m);
    expect(asked).toContain("Client id");
    expect(told).toContain("https://eu.developers.clio.com/apps");
    expect(told).toMatch(/Redirect URI +https:\/\/router\.example\.com\/oauth\/callback$/m);
    const permissions = [...told.matchAll(/^ {4}(\w[\w ]*?) +(read|write|none) +(\S.*)$/gm)];
    expect(permissions.map(([, name, access]) => [name, access])).toEqual([
      ["Contacts", "read"],
      ["Matters", "read"],
      ["Users", "read"],
      ["Custom actions", "write"],
      ["Webhooks", "write"],
      ["Activities", "read"],
      ["Documents", "read"],
    ]);
    expect(told).toContain("  us  https://app.clio.com\n");
    expect(told).toContain("  au  https://au.app.clio.com\n");
  });

  test("of the secrets the setup link alone is printed, after the command to start", async () => {
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

  test("an answer of nothing or spaces is the default, and an address is written as the service reads it", async () => {
    const folder = await folderForTest();
    expect((await init(folder, [" ", "https://Router.Example.com/", "x", "y"])).code).toBe(0);
    const text = await readFile(join(folder, ".env"), "utf8");
    expect(parse(text)).toMatchObject({ CLIO_REGION: "us", PUBLIC_URL: "https://router.example.com" });
  });

  test("a bad answer is asked again, with what the service says of it", async () => {
    const folder = await folderForTest();
    const { code, out } = await init(folder, [
      "uk",
      "EU",
      "",
      "router.example.com",
      "http://router.example.com",
      "https://router.example.com/base",
      "https://router.example.com",
      "  ",
      "id-of-the-app",
      "",
      "it's",
      CLIENT_SECRET,
    ]);
    expect(code).toBe(0);
    expect([...out.matchAll(/That does not do: (.*)\.$/gm)].map(([, problem]) => problem)).toEqual([
      "must be one of us, eu, ca, au",
      "required, but not set",
      "must be a URL",
      "must begin with https:// (http:// for loopback hosts alone)",
      "must end after the host, without a path or query",
      "required, but not set",
      "required, but not set",
      "must have no ' and no control characters in it",
    ]);
    expect(out).not.toContain("it's");
    expect(settingsIn(folder).clio).toMatchObject({ region: "eu", clientSecret: CLIENT_SECRET });
  });

  test.each(["a#b", "a b # c", '"quoted"', "$HOME $1 $&", "back\\slash\\n", "a=b`c", "ü€"])(
    "a secret like %s comes out of the file as it went in",
    async (secret) => {
      const folder = await folderForTest();
      await init(folder, [...ANSWERS.slice(0, -1), secret]);
      expect(settingsIn(folder).clio.clientSecret).toBe(secret);
    },
  );
});

describe("when it is broken off, nothing is left behind", () => {
  test.each([0, 1, 2, 3])("after %i answers, because there are no more", async (count) => {
    const folder = await folderForTest();
    const { code, err } = await init(folder, ANSWERS.slice(0, count));
    expect(code).toBe(1);
    expect(err).toBe("The answers ended before the questions did. Nothing was changed.\n");
    expect(await readdir(folder)).toEqual([]);
  });

  test("by Ctrl+C at the last question: 130, and no stack", async () => {
    const folder = await folderForTest();
    const { process: child, output, ended } = start("commands/init/main.ts", folder);
    child.stdin.write(`${ANSWERS.slice(0, 3).join("\n")}\n`);
    await expect.poll(() => output.out, { timeout: 10_000 }).toContain("Client secret");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output.err).toBe("");
    expect(output.out).toMatch(/\nStopped\. Nothing was changed\.\n$/);
    expect(await readdir(folder)).toEqual([]);
  });

  test("by a .env that somebody else made meanwhile, which stays", async () => {
    const folder = await folderForTest();
    const { process: child, output, ended } = start("commands/init/main.ts", folder);
    child.stdin.write(`${ANSWERS.slice(0, 3).join("\n")}\n`);
    await expect.poll(() => output.out, { timeout: 10_000 }).toContain("Client secret");
    await writeFile(join(folder, ".env"), "PORT=1\n");
    child.stdin.end(`${CLIENT_SECRET}\n`);
    expect(await ended).toBe(1);
    expect(output.err).toMatch(/meanwhile\. Nothing was changed\.\n$/);
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe("PORT=1\n");
  });

  test("by a .env that is no file: a sentence, not a stack", async () => {
    const folder = await folderForTest();
    await mkdir(join(folder, ".env"));
    const { code, err } = await init(folder, ANSWERS);
    expect(code).toBe(1);
    expect(err).toMatch(/^\.env cannot be read or written: EISDIR.*Nothing was changed\.\n$/);
    expect(await readdir(folder)).toEqual([".env"]);
  });
});

describe("with a .env already there", () => {
  const EARLIER = `# mine\nPORT=4000\nDATABASE_URL=sqlite:/srv/router.db\nHOST=\nSECRET_KEY=${OLD_KEY}\n`;

  test.each(["", "n", "no"])("the answer %j leaves it alone", async (answer) => {
    const folder = await folderWith(EARLIER);
    const { code, out } = await init(folder, [answer, ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toMatch(/Nothing was changed\.\n$/);
    expect(out).not.toContain("Region");
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe(EARLIER);
  });

  test("only a clear yes replaces it, its copy is for the owner alone, and its SECRET_KEY is kept", async () => {
    const folder = await folderWith(EARLIER);
    const { code, out } = await init(folder, ["sure", "yes", "", ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toContain("That does not do: answer yes or no.");
    const [current, copy = "", ...more] = (await readdir(folder)).sort();
    expect([current, more]).toEqual([".env", []]);
    expect(copy).toMatch(BACKUP);
    expect(out).toContain(`kept as ${copy}.`);
    expect(await readFile(join(folder, copy), "utf8")).toBe(EARLIER);
    expect(await modeOf(join(folder, copy))).toBe(0o600);
    expect(await modeOf(join(folder, ".env"))).toBe(0o600);
    expect(settingsIn(folder).secretKeys).toEqual([new Uint8Array(Buffer.from(OLD_KEY, "base64"))]);
    expect(out).not.toContain(OLD_KEY);
    expect(out).toContain("copy over what still holds: PORT, DATABASE_URL.\n");
  });

  test("its SECRET_KEY is replaced when that is wanted", async () => {
    const folder = await folderWith(EARLIER);
    expect((await init(folder, ["y", "no", ...ANSWERS])).code).toBe(0);
    const { SECRET_KEY } = parse(await readFile(join(folder, ".env")));
    expect(SECRET_KEY).not.toBe(OLD_KEY);
    expect(settingsIn(folder).secretKeys).toHaveLength(1);
  });

  test("several keys in rotation are kept, all of them", async () => {
    const folder = await folderWith(`SECRET_KEY="${OLD_KEY}, ${OLD_KEY}"\n`);
    await init(folder, ["y", "", ...ANSWERS]);
    expect(settingsIn(folder).secretKeys).toHaveLength(2);
  });

  test("a SECRET_KEY that the service refuses is not offered, and not printed", async () => {
    const folder = await folderWith("SECRET_KEY=much-too-short\n");
    const { code, out } = await init(folder, ["y", ...ANSWERS]);
    expect(code).toBe(0);
    expect(out).toContain("Its SECRET_KEY is none that the service takes");
    expect(out).not.toContain("much-too-short");
    expect(settingsIn(folder).secretKeys).toHaveLength(1);
  });

  test("broken off after the yes, it stands as it was", async () => {
    const folder = await folderWith(EARLIER);
    expect((await init(folder, ["y", "", "eu"])).code).toBe(1);
    expect(await readdir(folder)).toEqual([".env"]);
    expect(await readFile(join(folder, ".env"), "utf8")).toBe(EARLIER);
  });
});

describe("at a terminal", () => {
  /** A terminal whose keys are pressed by the test. */
  function terminal() {
    const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const screen = Object.assign(new PassThrough(), { columns: 80 });
    let shown = "";
    screen.on("data", (text) => (shown += text));
    const onInterrupt = vi.fn();
    const questions = new Prompt(keyboard, screen, onInterrupt);
    onTestFinished(() => questions.close());
    return { questions, onInterrupt, press: (keys: string) => keyboard.write(keys), shown: () => shown };
  }
  const anything = { validate: () => null };

  test("an answer is seen, a hidden one is not, nor by the arrow keys afterwards", async () => {
    const { questions, press, shown } = terminal();
    const id = questions.ask({ text: "Id", ...anything });
    press("seen\r");
    expect(await id).toBe("seen");
    const secret = questions.ask({ text: "Secret", hidden: true, ...anything });
    press("hidden");
    press("\u007f\u007fEN\r");
    expect(await secret).toBe("hiddEN");
    const last = questions.ask({ text: "Last", ...anything });
    press("\u001b[A\u001b[A!\r");
    expect(await last).toBe("!");
    expect(shown()).toContain("seen");
    expect(shown()).toContain("Secret: \n");
    expect(shown()).not.toMatch(/hi|EN/);
  });

  test("a secret pasted together with the answer before it is taken, and not seen", async () => {
    const { questions, press, shown } = terminal();
    const id = questions.ask({ text: "Id", ...anything });
    press("seen\rhidden\r");
    expect(await id).toBe("seen");
    expect(await questions.ask({ text: "Secret", hidden: true, ...anything })).toBe("hidden");
    expect(shown()).toContain("seen");
    expect(shown()).not.toContain("hidden");
  });

  test("Ctrl+C interrupts, Ctrl+D ends", async () => {
    const { questions, press, onInterrupt } = terminal();
    const answer = questions.ask({ text: "Secret", hidden: true, ...anything });
    press("\u0003");
    await vi.waitFor(() => expect(onInterrupt).toHaveBeenCalledOnce());
    press("\u0004");
    await expect(answer).rejects.toThrow(InputEndedError);
  });
});

describe("npm start", () => {
  const HINT = "npm run init";

  test("points here when nothing is set", async () => {
    const { output, ended } = start("main.ts", await folderForTest(), { LOG_LEVEL: "debug" });
    expect(await ended).toBe(1);
    expect(output.err).toContain("PUBLIC_URL: required");
    expect(output.err).toContain(HINT);
  });

  test("does not when something is set, wherever", async () => {
    const byName = start("main.ts", await folderForTest(), { CLIO_CLIENT_ID: "x" });
    const byFile = start("main.ts", await folderWith("PORT=3000\n"));
    for (const { output, ended } of [byName, byFile]) {
      expect(await ended).toBe(1);
      expect(output.err).toContain("PUBLIC_URL: required");
      expect(output.err).not.toContain(HINT);
    }
  });
});

test("checkSetting agrees with readSettings, and quotes nothing", () => {
  for (const name of ["PUBLIC_URL", "CLIO_CLIENT_ID", "CLIO_CLIENT_SECRET", "SECRET_KEY"] as const) {
    expect(checkSetting(name, " ")).toBe("required, but not set");
  }
  expect(checkSetting("PORT", "")).toBeNull();
  expect(checkSetting("SECRET_KEY", ` ${OLD_KEY}\n`)).toBeNull();
  expect(checkSetting("SECRET_KEY", "hunter2!")).toBe("key 1 of 1 is not base64");
});
