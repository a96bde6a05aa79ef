import { deepEqual, equal, match, ok } from "node:assert/strict";
import { bash } from "./shell.ts";

/** The part of `docker inspect` that the checks use. */
interface Inspected {
  readonly State: {
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Healthcheck?: { readonly Test: readonly string[] } };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly PidsLimit: number | null;
    readonly LogConfig: { readonly Type: string };
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
  readonly Image: string;
}

/** @param container its name or id */
export async function inspect(container: string): Promise<Inspected> {
  return JSON.parse(await bash(`docker inspect "${container}"`))[0];
}

/**
 * Throws unless the container runs as an ordinary user without capabilities on a read-only file system, has limits for memory,
 * processes and its log, and is restarted after a crash.
 */
export async function expectHardened(container: string): Promise<void> {
  const { HostConfig: host, State: state } = await inspect(container);
  equal(host.ReadonlyRootfs, true, "its file system can be written to");
  deepEqual(host.CapDrop, ["ALL"]);
  equal(host.CapAdd, null);
  ok(host.SecurityOpt?.includes("no-new-privileges:true"), "no-new-privileges is missing");
  equal(host.RestartPolicy.Name, "unless-stopped");
  ok(host.Memory > 0, "its memory has no limit");
  ok((host.PidsLimit ?? 0) > 0, "its number of processes has no limit");
  equal(host.LogConfig.Type, "local", "its log grows without end");
  const status = await bash(`cat /proc/${state.Pid}/status`);
  match(status, /^Uid:\t[1-9]\d*\t[1-9]\d*\t/m, "it runs as root");
  match(status, /^CapEff:\t0000000000000000$/m, "it has capabilities");
  match(status, /^NoNewPrivs:\t1$/m);
}

/** The containers' published ports, as `address:port`. */
export async function publishedPorts(containers: readonly string[]): Promise<string[]> {
  const all = await Promise.all(containers.map(inspect));
  return all.flatMap(({ NetworkSettings: { Ports } }) =>
    Object.values(Ports).flatMap((bindings) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`),
    ),
  );
}

/** Kills the container's process, as a crash or a lack of memory does. */
export async function crash(container: string): Promise<void> {
  await bash(`kill -KILL ${(await inspect(container)).State.Pid}`);
}
