import { insertAscending, removeAscending } from "./ascending.ts";

/**
 * Records of one kind: by id, and in ascending order of their ids, which is the order Clio pages in. The list it is
 * made of stays in step with it.
 */
export class Collection<Item extends { id: number }> {
  readonly #source: Item[];
  readonly #byId: Map<number, Item>;
  readonly #items: Item[];

  constructor(source: Item[]) {
    this.#source = source;
    this.#byId = new Map(source.map((item) => [item.id, item]));
    this.#items = [...this.#byId.values()].sort((a, b) => a.id - b.id);
  }

  /** In ascending order of their ids. */
  get items(): readonly Item[] {
    return this.#items;
  }

  get(id: number | null): Item | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  /** Those with one of these ids, each once, in ascending order. */
  among(ids: readonly number[]): Item[] {
    const found = new Set(ids.flatMap((id) => this.#byId.get(id) ?? []));
    return [...found].sort((a, b) => a.id - b.id);
  }

  /** Throws where the id is taken. */
  add(item: Item): void {
    if (this.#byId.has(item.id)) throw new Error(`the id ${item.id} is taken`);
    this.#byId.set(item.id, item);
    insertAscending(this.#items, item);
    this.#source.push(item);
  }

  remove(item: Item): void {
    this.#byId.delete(item.id);
    removeAscending(this.#items, item.id);
    this.#source.splice(this.#source.indexOf(item), 1);
  }
}
