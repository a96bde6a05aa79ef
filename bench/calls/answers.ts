import { KeepAlive } from "../keep-alive.ts";
import type { Target } from "./load.ts";

const AT_ONCE = 4;

/** What a service answers to each of many paths: the status and the body, by path. */
export async function answersOf(target: Target, paths: Iterable<string>): Promise<Map<string, string>> {
  using client = new KeepAlive(target.key, AT_ONCE);
  const answers = new Map<string, string>();
  const left = new Set(paths).values();
  const oneAfterTheOther = async () => {
    for (const path of left) {
      const { status, body } = await client.get(target.url + path);
      answers.set(path, `${status} ${body}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther));
  return answers;
}

/** The paths that two services, or one at two times, answer differently. */
export function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  return [...one].flatMap(([path, answer]) => (other.get(path) === answer ? [] : [path]));
}
