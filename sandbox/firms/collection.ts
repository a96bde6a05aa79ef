import { insertById, removeById } from "./sorted-by-id.ts";

/** Records of one kind, by ID and sorted by ID, as Clio pages them. Changes also apply to the source list. */
export class Collection<Item extends { id: number }> {
  readonly #source: Item[];
  readonly #byId: Map<number, Item>;
  readonly #items: Item[];
  #lastId: number;

  /** @param firstId what `nextId` returns for an empty list */
  constructor(source: Item[], firstId = 1) {
    this.#source = source;
    this.#byId = new Map(source.map((item) => [item.id, item]));
    this.#items = [...this.#byId.values()].sort((a, b) => a.id - b.id);
    this.#lastId = this.#items.at(-1)?.id ?? firstId - 1;
  }

  /** An ID that no record has or had. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** By ascending ID. */
  get items(): readonly Item[] {
    return this.#items;
  }

  get(id: number | null): Item | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  /** The items with these IDs, each once, by ascending ID. Unknown IDs are skipped. */
  getMany(ids: readonly number[]): Item[] {
    const found = new Set(ids.flatMap((id) => this.#byId.get(id) ?? []));
    return [...found].sort((a, b) => a.id - b.id);
  }

  /** Throws when the ID is taken. */
  add(item: Item): void {
    if (this.#byId.has(item.id)) throw new Error(`the id ${item.id} is taken`);
    this.#byId.set(item.id, item);
    this.#lastId = Math.max(this.#lastId, item.id);
    insertById(this.#items, item);
    this.#source.push(item);
  }

  remove(item: Item): void {
    this.#byId.delete(item.id);
    removeById(this.#items, item.id);
    this.#source.splice(this.#source.indexOf(item), 1);
  }
}
