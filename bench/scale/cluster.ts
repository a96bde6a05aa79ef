import { randomBytes } from "node:crypto";
import { connectFirm } from "../../sandbox/connect-firm.ts";
import { type Balancer, startBalancer } from "../../testkit/haproxy.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import type { Target } from "../harness/load/open-loop.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../harness/service-environment.ts";
import { type ServiceProcess, startServiceIn } from "../harness/service-process.ts";

/** One of the service processes. Its environment stays the same across restarts. */
export class Router implements AsyncDisposable {
  /** Its name in the balancer's configuration. */
  readonly name: string;
  readonly #environment: ServiceEnvironment;
  #service: ServiceProcess | null = null;

  constructor(name: string, environment: ServiceEnvironment) {
    this.name = name;
    this.#environment = environment;
  }

  /** Its own address, bypassing the balancer. */
  get url(): string {
    return this.#environment.url;
  }

  /** The running process. Throws when it is stopped. */
  get service(): ServiceProcess {
    if (!this.#service) throw new Error(`${this.name} is not running`);
    return this.#service;
  }

  /** Resolves when the process is ready. */
  async start(): Promise<void> {
    this.#service = await startServiceIn(this.#environment);
  }

  /** Sends a signal, and resolves with the exit code once the process has exited; null when the signal ended it. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const { service } = this;
    service.signal(signal);
    const code = await service.waitForExit();
    this.#service = null;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    this.#environment[Symbol.dispose]();
  }
}

/** Several service processes on one PostgreSQL, behind the balancer of compose.scale.yaml. */
export interface Cluster extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly balancer: Balancer;
  /** The database of the service processes. */
  readonly databaseUrl: string;
  readonly routers: readonly Router[];
  /**
   * Connects a firm of the sandbox through the balancer.
   * @param userId one of its users; default: the one selected on the consent page
   * @returns the balancer's address with the firm's API key
   */
  connectFirm(userId?: number): Promise<Target>;
}

export interface ClusterOptions {
  /** Default 3, the number in the balancer's configuration. */
  processes?: number;
  directory: "live" | "mirror";
  /** Further settings of every process. */
  env?: Readonly<Record<string, string>>;
  /** Settings in postgresql.conf. */
  postgres?: Readonly<Record<string, string>>;
}

/**
 * Starts them with an empty database, and waits until all of them are up in the balancer.
 * @param clioUrl the sandbox, which has to deliver webhooks to `balancer.url`
 * @throws when HAProxy or PostgreSQL is not installed
 */
export async function startCluster(
  clioUrl: string,
  { processes = 3, directory, env = {}, postgres: settings = {} }: ClusterOptions,
): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(settings), (server) => server.close());
  const setupToken = randomBytes(24).toString("base64url");
  const shared = {
    SECRET_KEY: randomBytes(32).toString("base64"),
    SETUP_TOKEN: setupToken,
    DATABASE_URL: await postgres.freshDatabase(),
  };
  const environments: ServiceEnvironment[] = [];
  for (let at = 0; at < processes; at += 1)
    environments.push(stack.use(await createServiceEnvironment(clioUrl, { directory, env: shared })));
  const balancer = stack.use(await startBalancer(environments.map(({ url }) => new URL(url).host)));
  // Clio accepts only https addresses for webhooks.
  const PUBLIC_URL = balancer.url.replace("http:", "https:");
  const routers = environments.map((environment, at) =>
    stack.use(
      new Router(`router${at + 1}`, { ...environment, env: { ...environment.env, PUBLIC_URL, ...env } }),
    ),
  );
  await Promise.all(routers.map((router) => router.start()));
  await Promise.all(routers.map(({ name }) => balancer.untilUp(name)));

  const resources = stack.move();
  return {
    postgres,
    balancer,
    databaseUrl: shared.DATABASE_URL,
    routers,
    connectFirm: async (userId) => ({
      url: balancer.url,
      key: await connectFirm({
        serviceUrl: balancer.url,
        setupToken,
        ...(userId !== undefined && { userId }),
      }),
    }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
