import { insertById, removeById } from "./sorted-by-id.ts";

/** Records by the ID of the record they belong to, each list sorted by ID. */
export class OwnerIndex<Item extends { id: number }> {
  readonly #byOwner = new Map<number, Item[]>();

  of(ownerId: number): readonly Item[] {
    return this.#byOwner.get(ownerId) ?? [];
  }

  /** Ignores a record without an owner. */
  add(ownerId: number | null, item: Item): void {
    if (ownerId === null) return;
    const items = this.#byOwner.get(ownerId);
    if (items) insertById(items, item);
    else this.#byOwner.set(ownerId, [item]);
  }

  remove(ownerId: number | null, item: Item): void {
    const items = this.#byOwner.get(ownerId ?? 0);
    if (items) removeById(items, item.id);
  }
}
