import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../sandbox/free-port.ts";

/** A PostgreSQL server of one's own, in a temporary folder, on a free port of this machine. */
export interface PostgresServer {
  readonly port: number;
  /** The address of a database of that name, as `DATABASE_URL` has it. */
  url(database: string): string;
  /** Makes a database that nobody has used yet; returns its address. */
  freshDatabase(): Promise<string>;
  /** Drops it, whoever is still connected. */
  dropDatabase(url: string): Promise<void>;
  /** Takes the server away: `fast` breaks connections and is orderly, `immediate` is a crash. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Brings it back, with everything that was committed. */
  start(): Promise<void>;
  /** Lets every process of it hang, or go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Whatever was done to it: it answers again. */
  recover(): Promise<void>;
  /** Breaks every connection but one's own; returns how many there were. */
  breakConnections(): Promise<number>;
  /** Stops it, and deletes everything. */
  close(): Promise<void>;
}

const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** PostgreSQL does not run as root: there it is the user `postgres`, or nobody. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"])
    try {
      const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name])));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // No such user.
    }
  throw new Error("neither a user postgres nor nobody is there to run PostgreSQL as");
}

/** One of PostgreSQL's programs: where Debian has it, else by PATH. */
export function program(name: string): string {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).sort().reverse() : [];
  const found = versions.map((version) => join(DEBIAN_FOLDER, version, "bin", name)).find(existsSync);
  return found ?? name;
}

/**
 * Starts a server that keeps what is committed, as an operator's does.
 * @param settings of postgresql.conf, beside Debian's
 * @param owned files that have to be the server's own, as its key is
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  { owned = [] }: { owned?: readonly string[] } = {},
): Promise<PostgresServer> {
  const who = owner();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  for (const path of [folder, ...owned])
    if (who.uid !== undefined && who.gid !== undefined) chownSync(path, who.uid, who.gid);
  const data = join(folder, "data");
  const quiet = { ...who, cwd: folder, stdio: "ignore" as const };
  execFileSync(
    program("initdb"),
    ["-D", data, "-U", "router", "-A", "trust", "-E", "UTF8", "--locale=C"],
    quiet,
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

  async function asked(sql: string): Promise<pg.QueryResult> {
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
    url,
    async freshDatabase() {
      const name = `router_${randomBytes(6).toString("hex")}`;
      await asked(`create database ${name}`);
      return url(name);
    },
    async dropDatabase(address) {
      await asked(`drop database ${new URL(address).pathname.slice(1)} with (force)`);
    },
    async start() {
      const started = spawn(program("postgres"), ["-D", data, ...options], quiet);
      server = started;
      // Whoever started it may be stopped before it can say so.
      const quit = () => started.kill("SIGQUIT");
      process.once("exit", quit);
      started.once("exit", () => process.off("exit", quit));
      for (;;) {
        if (started.exitCode !== null) throw new Error(`PostgreSQL ended with ${started.exitCode}`);
        try {
          await asked("select 1");
          return;
        } catch {
          await pause(20);
        }
      }
    },
    async stop(how = "fast") {
      if (!server || !isRunning()) return;
      const ended = once(server, "exit");
      server.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
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
      const { rowCount } = await asked(
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
