import { availableParallelism } from "node:os";
import type { Random } from "../../sandbox/firms/random.ts";
import { quantile } from "../figure.ts";
import { type RawAnswer, RawConnection } from "./raw-connection.ts";

/** One request of an open loop. */
export interface Sent {
  readonly path: string;
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  readonly body: string;
  /** Milliseconds from the moment it was due to the last byte of the answer. */
  readonly ms: number;
  /** When it was due, in milliseconds from the start. */
  readonly due: number;
  /** Milliseconds by which it was sent later than it was due: the load generator's own lag. */
  readonly late: number;
}

/** A server, and the key to it. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

/** The same with a key for each request, by its number. */
export interface ManyKeys {
  readonly url: string;
  readonly key: string | ((at: number) => string);
}

const CONNECTED_BEFOREHAND = 32;
/** Nearer than this (milliseconds) a timer is not exact enough. */
const TIMER_SLACK = 2;

/** Moments at which calls come in, in milliseconds from the start: so many a second on average, each by chance. */
export function arrivals(random: Random, perSecond: number, seconds: number): number[] {
  const moments: number[] = [];
  for (;;) {
    const last = moments.at(-1) ?? 0;
    const next = last - (Math.log(1 - random.next()) * 1000) / perSecond;
    if (next >= seconds * 1000) return moments;
    moments.push(next);
  }
}

/**
 * Sends each request at its moment, whatever has become of those before it. A connection that is still waiting for an
 * answer is left to wait, and another one is opened.
 */
export async function openLoop(
  { url, key }: ManyKeys,
  moments: readonly number[],
  pathOf: (at: number) => string,
): Promise<Sent[]> {
  const open = () => RawConnection.to(url);
  const all = await Promise.all(Array.from({ length: CONNECTED_BEFOREHAND }, open));
  const idle = [...all];
  const sent: Sent[] = [];
  const { promise: allAnswered, resolve, reject } = Promise.withResolvers<void>();
  const isPatient = availableParallelism() === 1;
  const start = performance.now();
  let next = 0;

  async function send(at: number): Promise<void> {
    let connection = idle.pop();
    if (!connection?.isGood) {
      connection = await open();
      all.push(connection);
    }
    const used = connection;
    const path = pathOf(at);
    const due = moments[at] ?? 0;
    const late = performance.now() - start - due;
    used.send(used.requestOf(path, typeof key === "string" ? key : key(at)), (answer: RawAnswer | null) => {
      const ms = performance.now() - start - due;
      sent.push({ path, status: answer?.status ?? 0, body: answer?.body ?? "", ms, due, late });
      if (used.isGood) idle.push(used);
      if (sent.length === moments.length) resolve();
    });
  }

  function sendWhatIsDue(): void {
    const now = performance.now() - start;
    for (; (moments[next] ?? Number.POSITIVE_INFINITY) <= now; next += 1) send(next).catch(reject);
    if (next === moments.length) return;
    const wait = (moments[next] ?? 0) - now;
    if (isPatient || wait > TIMER_SLACK) setTimeout(sendWhatIsDue, Math.max(0, wait - TIMER_SLACK));
    else setImmediate(sendWhatIsDue);
  }

  if (moments.length === 0) return [];
  try {
    sendWhatIsDue();
    await allAnswered;
  } finally {
    for (const connection of all) connection.close();
  }
  return sent;
}

/** What a server did when it was given all it could take. */
export interface Saturated {
  readonly answers: number;
  readonly errors: number;
  readonly seconds: number;
  /** How much of the time the load generator was busy: near 1, it is the generator that was measured. */
  readonly busy: number;
}

/** So many connections, each sending the next request when it has the answer to the last. */
export async function saturate(
  { url, key }: Target,
  { connections, seconds }: { connections: number; seconds: number },
  nextPath: () => string,
): Promise<Saturated> {
  const all = await Promise.all(Array.from({ length: connections }, () => RawConnection.to(url)));
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  const end = start + seconds * 1000;
  let answers = 0;
  let errors = 0;
  await Promise.all(
    all.map((connection) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ask = () =>
        connection.send(connection.requestOf(nextPath(), key), (answer) => {
          if (answer?.status === 200) answers += 1;
          else errors += 1;
          if (answer === null || performance.now() >= end) resolve();
          else ask();
        });
      ask();
      return promise;
    }),
  );
  const took = performance.now() - start;
  const { utilization } = performance.eventLoopUtilization(before);
  for (const connection of all) connection.close();
  return { answers, errors, seconds: took / 1000, busy: utilization };
}

/** The slowest of what was sent, and so on: quantiles of the milliseconds. */
export function timesOf(sent: readonly Sent[], what: "ms" | "late" = "ms") {
  const times = sent.map((one) => one[what]);
  return (part: number) => quantile(times, part);
}
