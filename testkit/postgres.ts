import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../sandbox/free-port.ts";

/** A PostgreSQL server in a temporary folder, on a free port of this machine. */
export interface PostgresServer {
  readonly port: number;
  /** Where its files are. */
  readonly dataFolder: string;
  /** The URL of a database, for `DATABASE_URL`. */
  url(database: string): string;
  /** Creates a database and returns its URL. */
  freshDatabase(): Promise<string>;
  /** Drops a database even if clients are connected. */
  dropDatabase(url: string): Promise<void>;
  /** `fast` closes all connections and shuts down cleanly, `immediate` is like a crash. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** Starts the server again, with everything that was committed. */
  start(): Promise<void>;
  /** Signals all of the server's processes: SIGSTOP makes it hang, SIGCONT continues. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Makes the server answer again after any of the above. */
  recover(): Promise<void>;
  /** Breaks all connections to the server. Returns how many there were. */
  breakConnections(): Promise<number>;
  /** Stops the server and deletes its data. */
  close(): Promise<void>;
}

const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** The user to run PostgreSQL as: it refuses to run as root. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"])
    try {
      const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name])));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // No such user.
    }
  throw new Error("PostgreSQL can't run as root, and there is no user postgres or nobody");
}

/** The path of one of PostgreSQL's programs on Debian, otherwise its name, to be found in PATH. */
export function program(name: string): string {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).sort().reverse() : [];
  const found = versions.map((version) => join(DEBIAN_FOLDER, version, "bin", name)).find(existsSync);
  return found ?? name;
}

/**
 * Starts a server with durable commits, like an operator's.
 *
 * @param settings for postgresql.conf
 * @param owned files that the server must own, such as its TLS key
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  { owned = [] }: { owned?: readonly string[] } = {},
): Promise<PostgresServer> {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  for (const path of [folder, ...owned])
    if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
  const data = join(folder, "data");
  const spawnOptions = { ...user, cwd: folder, stdio: "ignore" as const };
  execFileSync(
    program("initdb"),
    ["-D", data, "-U", "router", "-A", "trust", "-E", "UTF8", "--locale=C"],
    spawnOptions,
  );

  const port = await freePort();
  const options = Object.entries({
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    max_connections: "100",
    ...settings,
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const url = (database: string) => `postgres://router@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;

  const isRunning = () => server !== null && server.exitCode === null && server.signalCode === null;

  async function query(sql: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: url("postgres"), connectionTimeoutMillis: 1_000 });
    client.on("error", () => {});
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  const postgres: PostgresServer = {
    port,
    dataFolder: data,
    url,
    async freshDatabase() {
      const name = `router_${randomBytes(6).toString("hex")}`;
      await query(`create database ${name}`);
      return url(name);
    },
    async dropDatabase(databaseUrl) {
      await query(`drop database ${new URL(databaseUrl).pathname.slice(1)} with (force)`);
    },
    async start() {
      const child = spawn(program("postgres"), ["-D", data, ...options], spawnOptions);
      server = child;
      // In case this process ends without closing the server.
      const quit = () => child.kill("SIGQUIT");
      process.once("exit", quit);
      child.once("exit", () => process.off("exit", quit));
      for (;;) {
        if (child.exitCode !== null) throw new Error(`PostgreSQL exited with ${child.exitCode}`);
        try {
          await query("select 1");
          return;
        } catch {
          await pause(20);
        }
      }
    },
    async stop(mode = "fast") {
      if (!server || !isRunning()) return;
      const ended = once(server, "exit");
      server.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
      await ended;
    },
    signal(signal) {
      const ids = execFileSync("pgrep", ["-P", String(server?.pid)], { encoding: "utf8" })
        .trim()
        .split("\n");
      for (const id of [server?.pid, ...ids.map(Number)]) if (id) process.kill(id, signal);
    },
    async recover() {
      if (isRunning()) postgres.signal("SIGCONT");
      else await postgres.start();
    },
    async breakConnections() {
      const { rowCount } = await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
      );
      return rowCount ?? 0;
    },
    async close() {
      await postgres.stop("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}
