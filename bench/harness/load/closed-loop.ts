import type { Target } from "./open-loop.ts";
import { RawConnection } from "./raw-connection.ts";

/** What a server did under saturation. */
export interface ClosedLoopResult {
  readonly responses: number;
  readonly errors: number;
  readonly seconds: number;
  /** The load generator's event loop utilization. Near 1, the generator itself was the bottleneck. */
  readonly utilization: number;
}

/** Saturates a server: each connection sends the next request as soon as it has the response to the last. */
export async function runClosedLoop(
  { url, key }: Target,
  { connections, seconds }: { connections: number; seconds: number },
  nextPath: () => string,
): Promise<ClosedLoopResult> {
  const all = await Promise.all(Array.from({ length: connections }, () => RawConnection.connect(url)));
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  const end = start + seconds * 1000;
  let responses = 0;
  let errors = 0;
  await Promise.all(
    all.map((connection) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const sendNext = () =>
        connection.send(connection.buildRequest(nextPath(), key), (response) => {
          if (response?.status === 200) responses += 1;
          else errors += 1;
          if (response === null || performance.now() >= end) resolve();
          else sendNext();
        });
      sendNext();
      return promise;
    }),
  );
  const tookMs = performance.now() - start;
  const { utilization } = performance.eventLoopUtilization(before);
  for (const connection of all) connection.close();
  return { responses, errors, seconds: tookMs / 1000, utilization };
}
