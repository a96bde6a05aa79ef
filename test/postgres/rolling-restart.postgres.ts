import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectFirm } from "../../sandbox/connect-firm.ts";
import { type Balancer, findHaproxy, startBalancer } from "../../testkit/haproxy.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";
import { RestartableService } from "../../testkit/restartable-service.ts";
import { folderForTest, SETUP_TOKEN, sandboxForTest } from "../../testkit/service.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";

const CLIENTS = 6;
/** After that many answers, a failure would have shown. */
const ENOUGH = 60;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());
beforeEach(({ skip }) =>
  skip(findHaproxy() === null, "HAProxy is not installed: not found in PATH or /usr/sbin"),
);

test("no request fails while a process is stopped with SIGTERM and started again", async () => {
  const { processes, balancer, key } = await twoProcesses();
  await using load = new Load(balancer.url, [
    { path: "/route-call?caller_id=%2B14155550171", key, status: 200 },
    { path: "/lookup-contact?phone=%2B14155550171", key, status: 200 },
  ]);
  await load.answers(ENOUGH);

  expect(await processes.router1.stop("SIGTERM")).toBe(0);
  await load.answers(ENOUGH);
  await processes.router1.start();
  await balancer.untilUp("router1");
  const before = await requestsTo(balancer, "router1");
  await load.answers(ENOUGH);

  expect(load.failed).toEqual([]);
  expect(await requestsTo(balancer, "router1")).toBeGreaterThan(before);
});

test("scale/rolling-restart.sh drains each process first, so that requests that can't be retried don't fail either", async () => {
  const { processes, balancer, key } = await twoProcesses();
  const docker = await dockerFor(balancer, async (name) => {
    const { status, scur } = (await balancer.statistics()).get(name) ?? {};
    expect(status).toMatch(/^(DRAIN|DOWN)/);
    expect(scur).toBe("0");
    await processes[name as "router1" | "router2"].stop("SIGTERM");
    await processes[name as "router1" | "router2"].start();
  });
  await using load = new Load(balancer.url, [
    { path: "/route-call?caller_id=%2B14155550171", key, status: 200 },
    // Refused by the process, because there is no session.
    { method: "POST", path: "/setup/keys", status: 403 },
  ]);
  await load.answers(ENOUGH);

  await docker.run(["router1", "router2"]);
  await load.answers(ENOUGH);

  expect(docker.restarted).toEqual(["router1", "router2"]);
  expect(load.failed).toEqual([]);
  await Promise.all([balancer.untilUp("router1"), balancer.untilUp("router2")]);
});

test("scale/rolling-restart.sh stops at a process that doesn't start, without restarting the others", async () => {
  const { balancer } = await twoProcesses();
  const docker = await dockerFor(balancer, () => Promise.reject(new Error("it doesn't start")));
  await expect(docker.run(["router1", "router2"])).rejects.toThrow();
  expect(docker.restarted).toEqual(["router1"]);
  // The balancer uses it again as soon as it is up.
  await balancer.untilUp("router1");
});

/** Two processes of the service on one database, connected to a firm, behind the load balancer. */
async function twoProcesses() {
  const sandbox = await sandboxForTest();
  const shared = {
    SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
    SETUP_TOKEN,
    DATABASE_URL: await postgres.freshDatabase(),
    // Long enough for a slow machine.
    ANSWER_DEADLINE_MS: "20000",
  };
  const environments = [
    await createServiceEnvironment(sandbox.url, { env: shared }),
    await createServiceEnvironment(sandbox.url, { env: shared }),
  ] as const;
  const balancer = await startBalancer(environments.map(({ url }) => new URL(url).host));
  onTestFinished(() => balancer[Symbol.asyncDispose]());
  const processAt = (name: string, environment: ServiceEnvironment) => {
    const env = { ...environment.env, PUBLIC_URL: balancer.url };
    const process = new RestartableService(name, { ...environment, env });
    onTestFinished(() => process[Symbol.asyncDispose]());
    return process;
  };
  const [router1, router2] = [processAt("router1", environments[0]), processAt("router2", environments[1])];
  await Promise.all([router1.start(), router2.start()]);
  await Promise.all([balancer.untilUp("router1"), balancer.untilUp("router2")]);
  const key = await connectFirm({ serviceUrl: balancer.url, setupToken: SETUP_TOKEN });
  return { processes: { router1, router2 }, balancer, key };
}

interface TestRequest {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly key?: string;
  /** The expected status. */
  readonly status: number;
}

/** Clients that send one request after another on kept-alive connections, until the scope ends. */
class Load implements AsyncDisposable {
  /** Requests without the expected answer. */
  readonly failed: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;
  readonly #clients: Promise<void>[];
  #answered = 0;
  #isStopped = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(url: string, requests: readonly TestRequest[]) {
    this.#url = url;
    this.#clients = Array.from({ length: CLIENTS }, (_, at) => this.#send(requests, at));
  }

  /** Resolves after that many more answers. */
  answers(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count: this.#answered + count, resolve });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #send(requests: readonly TestRequest[], first: number): Promise<void> {
    for (let at = first; !this.#isStopped; at += 1) {
      const one = requests[at % requests.length] as TestRequest;
      const status = await this.#statusOf(one).catch((error: NodeJS.ErrnoException) => error.code ?? "?");
      if (status !== one.status) this.failed.push(`${one.method ?? "GET"} ${one.path}: ${status}`);
      this.#answered += 1;
      for (const { count, resolve } of this.#waiting) if (this.#answered >= count) resolve();
      this.#waiting = this.#waiting.filter(({ count }) => this.#answered < count);
    }
  }

  #statusOf({ method = "GET", path, key }: TestRequest): Promise<number | undefined> {
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

async function requestsTo(balancer: Balancer, name: string): Promise<number> {
  return Number((await balancer.statistics()).get(name)?.stot);
}

/**
 * A fake `docker` for scale/rolling-restart.sh: `exec` runs the command on this machine, and `up` restarts a process.
 *
 * @param restart throws if the process doesn't start
 */
async function dockerFor(balancer: Balancer, restart: (name: string) => Promise<void>) {
  const restarted: string[] = [];
  const engine = createServer((request, response) => {
    const name = request.url?.slice(1) ?? "";
    restarted.push(name);
    restart(name).then(
      () => response.end(),
      (error) => response.writeHead(500).end(String(error)),
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
      promisify(execFile)(join(REPOSITORY_ROOT, "scale/rolling-restart.sh"), routers, {
        env: {
          PATH: `${folder}${delimiter}${process.env.PATH}`,
          CONTROL_PORT: String(balancer.controlPort),
        },
      }),
  };
}
