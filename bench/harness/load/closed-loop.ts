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

/** Saturates a server with GET requests: each connection sends the next request as soon as it has the response to the last. */
export function runClosedLoop(
  { url, key }: Target,
  load: { connections: number; seconds: number },
  nextPath: () => string,
): Promise<ClosedLoopResult> {
  return saturate(url, load, (connection) => connection.buildRequest(nextPath(), key));
}

/**
 * Like `runClosedLoop`, with requests of any kind.
 * @param nextRequest the bytes of the next request; null to end before the time is up
 */
export async function saturate(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
  nextRequest: (connection: RawConnection) => string | null,
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
      const sendNext = () => {
        const request = performance.now() < end ? nextRequest(connection) : null;
        if (request === null) return resolve();
        connection.send(request, (response) => {
          if (response?.status === 200) responses += 1;
          else errors += 1;
          if (response === null) resolve();
          else sendNext();
        });
      };
      sendNext();
      return promise;
    }),
  );
  const tookMs = performance.now() - start;
  const { utilization } = performance.eventLoopUtilization(before);
  for (const connection of all) connection.close();
  return { responses, errors, seconds: tookMs / 1000, utilization };
}
