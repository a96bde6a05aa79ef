import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectFirm } from "../../sandbox/connect-firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { CHILD_ENV } from "../../testkit/child-env.ts";
import { type Balancer, haproxyProgram, startBalancer } from "../../testkit/haproxy.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { folderForTest, SETUP_TOKEN, sandboxForTest } from "../../testkit/service.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const CLIENTS = 6;
/** So many answers, and it has been seen how requests fare. */
const ENOUGH = 60;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());
beforeEach(({ skip }) =>
  skip(haproxyProgram() === null, "HAProxy is not installed, neither in PATH nor in /usr/sbin"),
);

test("no request fails while a process is ended by SIGTERM, is away, and is started again", async () => {
  const { processes, balancer, key } = await twoProcesses();
  await using load = new Load(balancer.url, [
    { path: "/route-call?caller_id=%2B14155550171", key, status: 200 },
    { path: "/lookup-contact?phone=%2B14155550171", key, status: 200 },
  ]);
  await load.answers(ENOUGH);

  expect(await processes.router1.end()).toBe(0);
  await load.answers(ENOUGH);
  await processes.router1.start();
  await balancer.untilUp("router1");
  const before = await ledTo(balancer, "router1");
  await load.answers(ENOUGH);

  expect(load.failed).toEqual([]);
  expect(await ledTo(balancer, "router1")).toBeGreaterThan(before);
});

test("scale/rolling-restart.sh takes each process out first, so that what must not be sent twice does not fail either", async () => {
  const { processes, balancer, key } = await twoProcesses();
  const docker = await dockerFor(balancer, async (name) => {
    const { status, scur } = (await balancer.figures()).get(name) ?? {};
    expect(status).toMatch(/^(DRAIN|DOWN)/);
    expect(scur).toBe("0");
    await processes[name as "router1" | "router2"].end();
    await processes[name as "router1" | "router2"].start();
  });
  await using load = new Load(balancer.url, [
    { path: "/route-call?caller_id=%2B14155550171", key, status: 200 },
    // Nobody is signed in: the process's answer is no.
    { method: "POST", path: "/setup/keys", status: 403 },
  ]);
  await load.answers(ENOUGH);

  await docker.run(["router1", "router2"]);
  await load.answers(ENOUGH);

  expect(docker.restarted).toEqual(["router1", "router2"]);
  expect(load.failed).toEqual([]);
  await Promise.all([balancer.untilUp("router1"), balancer.untilUp("router2")]);
});

test("scale/rolling-restart.sh stops at a process that does not start, and leaves the others alone", async () => {
  const { balancer } = await twoProcesses();
  const docker = await dockerFor(balancer, () => Promise.reject(new Error("it does not start")));
  await expect(docker.run(["router1", "router2"])).rejects.toThrow();
  expect(docker.restarted).toEqual(["router1"]);
  // Asked again as soon as it is there.
  await balancer.untilUp("router1");
});

/** Two of the service on one database, connected to a firm, and the balancer before them. */
async function twoProcesses() {
  const sandbox = await sandboxForTest();
  const ports = [await freePort(), await freePort()];
  const balancer = await startBalancer(ports.map((port) => `127.0.0.1:${port}`));
  onTestFinished(() => balancer[Symbol.asyncDispose]());
  const env = {
    HOST: "127.0.0.1",
    PUBLIC_URL: balancer.url,
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    CLIO_BASE_URL: sandbox.url,
    SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
    SETUP_TOKEN,
    DATABASE_URL: await postgres.freshDatabase(),
    DIRECTORY: "live",
    // A machine that has much else to do is no failure.
    ANSWER_DEADLINE_MS: "20000",
  };
  const [router1, router2] = ports.map((port) => new RestartedProcess({ ...env, PORT: String(port) }));
  if (!router1 || !router2) throw new Error("there are no ports");
  const processes = { router1, router2 };
  await Promise.all([router1.start(), router2.start()]);
  await Promise.all([balancer.untilUp("router1"), balancer.untilUp("router2")]);
  const key = await connectFirm({ serviceUrl: balancer.url, setupToken: SETUP_TOKEN });
  return { processes, balancer, key };
}

class RestartedProcess {
  readonly #env: Record<string, string>;
  #life: ChildProcess | null = null;

  constructor(env: Record<string, string>) {
    this.#env = env;
    onTestFinished(() => void this.#life?.kill("SIGKILL"));
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const life = spawn(process.execPath, [join(CHECKOUT, "src/main.ts")], {
      cwd: await folderForTest(),
      env: { ...CHILD_ENV, ...this.#env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#life = life;
    for await (const [text] of linesUntilEnd(life)) if (text.includes('"listening"')) return;
    throw new Error("the service ended before it listened");
  }

  /** By SIGTERM; resolves with its exit code. */
  async end(): Promise<number | null> {
    const life = this.#life;
    if (!life) throw new Error("the service does not run");
    const ended = once(life, "exit");
    life.kill("SIGTERM");
    const [code] = await ended;
    return code;
  }
}

/** What it prints, as it comes; what comes after the last that is asked for is thrown away. */
async function* linesUntilEnd(life: ChildProcess): AsyncGenerator<[string]> {
  const stream = life.stdout?.setEncoding("utf8");
  if (!stream) return;
  const ended = once(life, "exit").then(() => null);
  try {
    for (;;) {
      const heard = await Promise.race([once(stream, "data"), ended]);
      if (heard === null) return;
      yield [heard[0] as string];
    }
  } finally {
    stream.resume();
  }
}

interface Asked {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly key?: string;
  /** What an answer has. */
  readonly status: number;
}

/** Clients that ask one thing after the other, on connections that are kept alive, until the scope ends. */
class Load implements AsyncDisposable {
  /** What was answered otherwise than it should be, or not at all. */
  readonly failed: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;
  readonly #clients: Promise<void>[];
  #answered = 0;
  #isOver = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(url: string, asked: readonly Asked[]) {
    this.#url = url;
    this.#clients = Array.from({ length: CLIENTS }, (_, at) => this.#ask(asked, at));
  }

  /** Resolves when so many more have come. */
  answers(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count: this.#answered + count, resolve });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #ask(asked: readonly Asked[], first: number): Promise<void> {
    for (let at = first; !this.#isOver; at += 1) {
      const one = asked[at % asked.length] as Asked;
      const status = await this.#statusOf(one).catch((error: NodeJS.ErrnoException) => error.code ?? "?");
      if (status !== one.status) this.failed.push(`${one.method ?? "GET"} ${one.path}: ${status}`);
      this.#answered += 1;
      for (const { count, resolve } of this.#waiting) if (this.#answered >= count) resolve();
      this.#waiting = this.#waiting.filter(({ count }) => this.#answered < count);
    }
  }

  #statusOf({ method = "GET", path, key }: Asked): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    request(this.#url + path, { method, headers, agent: this.#agent }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode))
        .on("error", reject);
    })
      .on("error", reject)
      .end();
    return promise;
  }
}

async function ledTo(balancer: Balancer, name: string): Promise<number> {
  return Number((await balancer.figures()).get(name)?.stot);
}

/**
 * A `docker` for scale/rolling-restart.sh without an engine: `exec` is performed here, and `up` restarts a process.
 * @param restart throws where the process does not start
 */
async function dockerFor(balancer: Balancer, restart: (name: string) => Promise<void>) {
  const restarted: string[] = [];
  const engine = createServer((asked, answer) => {
    const name = asked.url?.slice(1) ?? "";
    restarted.push(name);
    restart(name).then(
      () => answer.end(),
      (error) => answer.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void engine.close());
  await once(engine, "listening");
  const { port } = engine.address() as AddressInfo;
  const folder = await folderForTest();
  const docker = `#!/usr/bin/env bash
set -eu
[[ "$1 $2 $3" == "compose -f compose.scale.yaml" ]]
case $4 in
  exec) shift 6; exec "$@" ;;
  up)
    exec 3<>/dev/tcp/127.0.0.1/${port}
    printf 'POST /%s HTTP/1.0\\r\\n\\r\\n' "\${@: -1}" >&3
    read -r _ status _ <&3
    ((status == 200)) ;;
  *) exit 2 ;;
esac
`;
  await writeFile(join(folder, "docker"), docker);
  await chmod(join(folder, "docker"), 0o755);
  return {
    restarted,
    run: (routers: readonly string[]) =>
      promisify(execFile)(join(CHECKOUT, "scale/rolling-restart.sh"), routers, {
        env: {
          PATH: `${folder}${delimiter}${process.env.PATH}`,
          CONTROL_PORT: String(balancer.controlPort),
        },
      }),
  };
}
