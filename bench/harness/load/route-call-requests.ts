import type { GeneratedFirm } from "../../../sandbox/firms/generated-firm.ts";
import type { Random } from "../../../sandbox/firms/random.ts";

/** The path of a `/route-call` request. */
export function routeCallPath(callerId: string): string {
  return `/route-call?caller_id=${encodeURIComponent(callerId)}`;
}

/** Random calls from the firm's numbers, with a share of strangers. */
export function mixedCalls(
  { numbers, generated }: { numbers: readonly string[]; generated: GeneratedFirm },
  random: Random,
  { count, strangerShare }: { count: number; strangerShare: number },
): { paths: string[]; strangers: ReadonlySet<string> } {
  const strangers = new Set<string>();
  const paths = Array.from({ length: count }, () => {
    if (!random.chance(strangerShare)) return routeCallPath(random.pick(numbers));
    const path = routeCallPath(generated.unusedNumber());
    strangers.add(path);
    return path;
  });
  return { paths, strangers };
}
