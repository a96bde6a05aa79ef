import { randomBytes } from "node:crypto";
import { connectFirm } from "../../sandbox/connect-firm.ts";
import { type Balancer, startBalancer } from "../../testkit/haproxy.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import type { Target } from "../calls/load.ts";
import { type ServiceProcess, startServiceAt } from "../processes.ts";
import { type ServicePlace, servicePlace } from "../service-place.ts";

/** One of the equal processes: its place stays the same from life to life. */
export class Router implements AsyncDisposable {
  /** The name that the balancer has for it. */
  readonly name: string;
  readonly #place: ServicePlace;
  #service: ServiceProcess | null = null;

  constructor(name: string, place: ServicePlace) {
    this.name = name;
    this.#place = place;
  }

  /** Its own address, past the balancer. */
  get url(): string {
    return this.#place.url;
  }

  /** The life that it has. Throws between two lives. */
  get service(): ServiceProcess {
    if (!this.#service) throw new Error(`${this.name} does not run`);
    return this.#service;
  }

  /** Resolves when its own `/readyz` is 200. */
  async start(): Promise<void> {
    this.#service = await startServiceAt(this.#place);
  }

  /** Ends it by a signal, and resolves with its exit code once it has ended; null when it did not end by itself. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { service } = this;
    service.signal(signal);
    const code = await service.ended();
    this.#service = null;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    this.#place[Symbol.dispose]();
  }
}

/** Equal processes on one PostgreSQL, behind the balancer of compose.scale.yaml; each a process of its own. */
export interface Cluster extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly balancer: Balancer;
  /** Of the processes' database. */
  readonly databaseUrl: string;
  readonly routers: readonly Router[];
  /**
   * Admits and connects a firm of the sandbox, by the balancer, as its people would.
   * @param userId one of its users; default whom the consent page has chosen
   * @returns the balancer, with the firm's first key
   */
  connectFirm(userId?: number): Promise<Target>;
}

export interface ClusterOptions {
  /** Default 3, which is as many as the balancer knows. */
  processes?: number;
  directory: "live" | "mirror";
  /** Settings of every process, beside those that they need. */
  env?: Readonly<Record<string, string>>;
  /** Of postgresql.conf. */
  postgres?: Readonly<Record<string, string>>;
}

/**
 * Starts them, with a database that nobody has used yet, and waits until the balancer takes all of them for ready.
 * @param clioUrl the sandbox; what it delivers has to be led to `balancer.url`
 * @throws where HAProxy or PostgreSQL is not installed
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
  const places: ServicePlace[] = [];
  for (let at = 0; at < processes; at += 1)
    places.push(stack.use(await servicePlace(clioUrl, { directory, env: shared })));
  const balancer = stack.use(await startBalancer(places.map(({ url }) => new URL(url).host)));
  // Clio gives webhooks to an https address alone.
  const PUBLIC_URL = balancer.url.replace("http:", "https:");
  const routers = places.map((place, at) =>
    stack.use(new Router(`router${at + 1}`, { ...place, env: { ...place.env, PUBLIC_URL, ...env } })),
  );
  await Promise.all(routers.map((router) => router.start()));
  await Promise.all(routers.map(({ name }) => balancer.untilUp(name)));

  const all = stack.move();
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
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
