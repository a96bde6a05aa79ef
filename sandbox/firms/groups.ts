import { insertAscending, removeAscending } from "./ascending.ts";

/** Records by the id of another one that they belong to; each group in ascending order of their ids. */
export class Groups<Item extends { id: number }> {
  readonly #groups = new Map<number, Item[]>();

  of(ownerId: number): readonly Item[] {
    return this.#groups.get(ownerId) ?? [];
  }

  /** Does nothing with a record that belongs to none. */
  add(ownerId: number | null, item: Item): void {
    if (ownerId === null) return;
    const group = this.#groups.get(ownerId);
    if (group) insertAscending(group, item);
    else this.#groups.set(ownerId, [item]);
  }

  remove(ownerId: number | null, item: Item): void {
    const group = this.#groups.get(ownerId ?? 0);
    if (group) removeAscending(group, item.id);
  }
}
