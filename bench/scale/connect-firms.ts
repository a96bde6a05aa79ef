import pLimit from "p-limit";
import type { Cluster } from "./cluster.ts";
import { firmOf, firstUserOf } from "./numbered-firms.ts";

/** What a receptionist needs to call the service for a firm. */
export interface ConnectedFirm {
  /** The API key. */
  readonly key: string;
  /** Some of its contacts' numbers. */
  readonly numbers: readonly string[];
}

const CONCURRENCY = 6;
const NUMBERS_PER_FIRM = 50;

/** Connects firms 1 to `firms` of the sandbox. */
export async function connectFirms(
  cluster: Cluster,
  { firms, ...size }: { firms: number; contacts: number; matters: number },
): Promise<ConnectedFirm[]> {
  const limit = pLimit(CONCURRENCY);
  return Promise.all(
    Array.from({ length: firms }, (_, before) =>
      limit(async () => {
        const at = before + 1;
        const { key } = await cluster.connectFirm(firstUserOf(at));
        const lines = [...firmOf(at, size).lines.values()].flatMap((all) => all.map(({ e164 }) => e164));
        return { key, numbers: lines.slice(0, NUMBERS_PER_FIRM) };
      }),
    ),
  );
}
