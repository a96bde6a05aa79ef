import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import type { Target } from "../harness/load/open-loop.ts";

const CONNECTIONS = 4;

/** Requests each path once. Returns the status and body as one text, by path. */
export async function collectAnswers(target: Target, paths: Iterable<string>): Promise<Map<string, string>> {
  using client = new KeepAliveClient(target.key, CONNECTIONS);
  const answers = new Map<string, string>();
  const remaining = new Set(paths).values();
  const worker = async () => {
    for (const path of remaining) {
      const { status, body } = await client.get(target.url + path);
      answers.set(path, `${status} ${body}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return answers;
}

/** The paths whose answers differ. */
export function differingPaths(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): string[] {
  return [...one].flatMap(([path, answer]) => (other.get(path) === answer ? [] : [path]));
}
