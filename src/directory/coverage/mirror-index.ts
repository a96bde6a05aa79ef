import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Mirror } from "../../store/repositories/mirror.ts";
import type { MirroredMatters } from "../../store/repositories/mirrored-matters.ts";
import { type LiveMatter, type People, toLiveMatter } from "./live-matter.ts";

/** The open and pending matters of a mirror, by ID in ascending order, and the people on them. */
export interface IndexedMatters {
  readonly matters: ReadonlyMap<number, LiveMatter>;
  readonly people: People;
}

interface Index extends IndexedMatters {
  /** The digest of every matter in the mirror, closed ones included. */
  readonly digests: ReadonlyMap<number, string>;
  /** `Mirror.changedAt` when it was built. */
  readonly changedAt: number | null;
  readonly builtAt: number;
}

/** Over all firms. A thousand take about 300 kB. */
const MAX_INDEXED_MATTERS = 200_000;
const MAX_IDLE_MS = 15 * 60_000;
/** Small, because calls are answered between two queries. */
const DIGESTS_PER_QUERY = 500;
/** Small for the same reason; decrypting takes longer. */
const MATTERS_PER_BATCH = 100;
/** A second write in the same millisecond leaves `changedAt` as it is, and the clocks of processes differ. */
const CLOCK_MARGIN_MS = 2_000;

/**
 * The matters of mirrors, reduced to what transfer rules need, so that a page about all of a firm's matters doesn't decrypt
 * all of them again. After a change in the mirror, only the changed matters are decrypted. Dropped when it wasn't used for 15
 * minutes.
 */
export class MirrorIndex {
  readonly #records: MirroredMatters;
  readonly #now: () => number;
  readonly #indexes = new LRUCache<number, Index>({
    maxSize: MAX_INDEXED_MATTERS,
    sizeCalculation: ({ digests }) => Math.min(digests.size + 1, MAX_INDEXED_MATTERS),
    ttl: MAX_IDLE_MS,
    ttlAutopurge: true,
    updateAgeOnGet: true,
  });
  readonly #updates = new Map<number, Promise<Index>>();

  constructor(records: MirroredMatters, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** The matters as they are in the mirror now, or were when it was read. Throws `SealError`. */
  async of(mirror: Pick<Mirror, "id" | "changedAt">): Promise<IndexedMatters> {
    const known = this.#indexes.get(mirror.id);
    if (
      known &&
      known.changedAt === mirror.changedAt &&
      known.builtAt - (known.changedAt ?? 0) > CLOCK_MARGIN_MS
    )
      return known;
    const running = this.#updates.get(mirror.id);
    if (running) return running;
    const update = this.#update(mirror, known).finally(() => this.#updates.delete(mirror.id));
    this.#updates.set(mirror.id, update);
    return update;
  }

  /** Drops everything. */
  clear(): void {
    this.#indexes.clear();
  }

  async #update(
    { id: mirrorId, changedAt }: Pick<Mirror, "id" | "changedAt">,
    known: Index | undefined,
  ): Promise<Index> {
    const builtAt = this.#now();
    const digests = await this.#readDigests(mirrorId);
    const changedIds = [...digests].flatMap(([id, digest]) => (known?.digests.get(id) === digest ? [] : id));
    const people = new Map(known?.people);
    const changed = new Map<number, LiveMatter>();
    for (let at = 0; at < changedIds.length; at += MATTERS_PER_BATCH) {
      const batch = await this.#records.byId(mirrorId, changedIds.slice(at, at + MATTERS_PER_BATCH));
      for (const matter of batch) {
        const live = toLiveMatter(matter, people);
        if (live) changed.set(live.id, live);
      }
      await yieldToEventLoop();
    }
    const isChanged = new Set(changedIds);
    const matters = new Map<number, LiveMatter>();
    for (const id of digests.keys()) {
      const live = isChanged.has(id) ? changed.get(id) : known?.matters.get(id);
      if (live) matters.set(id, live);
    }
    const index = { matters, people, digests, changedAt, builtAt };
    this.#indexes.set(mirrorId, index);
    return index;
  }

  async #readDigests(mirrorId: number): Promise<Map<number, string>> {
    const digests = new Map<number, string>();
    for (let after = 0; ; ) {
      const page = await this.#records.digests(mirrorId, after, DIGESTS_PER_QUERY);
      for (const { id, digest } of page) digests.set(id, digest);
      const last = page.at(-1);
      if (!last || page.length < DIGESTS_PER_QUERY) return digests;
      after = last.id;
      await yieldToEventLoop();
    }
  }
}
