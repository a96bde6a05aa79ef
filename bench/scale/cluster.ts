import { randomBytes } from "node:crypto";
import { connectFirm } from "../../sandbox/connect-firm.ts";
import { type Balancer, startBalancer } from "../../testkit/haproxy.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { RestartableService } from "../../testkit/restartable-service.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";
import type { Target } from "../harness/load/open-loop.ts";

/** Several service processes on one PostgreSQL, behind the balancer of compose.scale.yaml. */
export interface Cluster extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly balancer: Balancer;
  /** The database of the service processes. */
  readonly databaseUrl: string;
  readonly routers: readonly RestartableService[];
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
      new RestartableService(`router${at + 1}`, {
        ...environment,
        env: { ...environment.env, PUBLIC_URL, ...env },
      }),
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
