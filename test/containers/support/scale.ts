import { commandsOf } from "./guides.ts";
import { connect, until, untilReady } from "./service.ts";
import { bash } from "./shell.ts";

export const SCALE = "docker compose -f compose.scale.yaml";
export const ROUTERS = ["router1", "router2", "router3"] as const;

/** The name that compose gives a service's container. */
export function containerOf(service: string): string {
  return `clio-call-router-scale-${service}-1`;
}

/** Starts compose.scale.yaml with the guide's commands; resolves when the balancer uses all three processes. */
export async function startScale(): Promise<void> {
  await bash(commandsOf("run-several-processes", "Start"));
  await untilReady();
  await untilAllUp();
}

/** Resolves when the balancer uses all three processes. */
export async function untilAllUp(): Promise<void> {
  await until("the balancer uses all three processes", async () =>
    (await stateOf("status")).every((one) => /^UP\b/.test(one)),
  );
}

/** Starts compose.scale.yaml and connects the firm; returns the firm's key. */
export async function startScaleWithFirm(): Promise<string> {
  await startScale();
  return connect(`${SCALE} logs ${ROUTERS.join(" ")}`);
}

/** A column of HAProxy's statistics (`status`, `scur`) for each process. */
export async function stateOf(figure: string): Promise<string[]> {
  const table = await bash(
    `${SCALE} exec -T balancer bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; echo show stat >&3; cat <&3'`,
  );
  const [names = [], ...rows] = table
    .replace(/^# /, "")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const column = names.indexOf(figure);
  return rows
    .filter(([backend, server]) => backend === "routers" && server !== "BACKEND")
    .map((row) => row[column] ?? "");
}
