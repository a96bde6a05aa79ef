import pLimit from "p-limit";
import type { Cluster } from "./cluster.ts";
import { firmOf, firstUserOf } from "./invented-firms.ts";

/** A firm as its receptionist knows it. */
export interface ConnectedFirm {
  /** The bearer key. */
  readonly key: string;
  /** Some of the numbers that its contacts call from. */
  readonly numbers: readonly string[];
}

const AT_ONCE = 6;
const NUMBERS = 50;

/** Admits and connects firms 1 to `firms`, as their people would. */
export async function connectFirms(
  cluster: Cluster,
  { firms, ...size }: { firms: number; contacts: number; matters: number },
): Promise<ConnectedFirm[]> {
  const inTurn = pLimit(AT_ONCE);
  return Promise.all(
    Array.from({ length: firms }, (_, before) =>
      inTurn(async () => {
        const at = before + 1;
        const { key } = await cluster.connectFirm(firstUserOf(at));
        const lines = [...firmOf(at, size).lines.values()].flatMap((all) => all.map(({ e164 }) => e164));
        return { key, numbers: lines.slice(0, NUMBERS) };
      }),
    ),
  );
}
