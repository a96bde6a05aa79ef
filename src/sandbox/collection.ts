/** Records of one kind: by id, and their ids in ascending order, which is the order Clio pages in. */
export class Collection<Item extends { id: number }> {
  readonly byId: ReadonlyMap<number, Item>;
  readonly ids: readonly number[];

  constructor(items: readonly Item[]) {
    this.byId = new Map(items.map((item) => [item.id, item]));
    this.ids = [...this.byId.keys()].sort((a, b) => a - b);
  }

  get(id: number | null): Item | undefined {
    return id === null ? undefined : this.byId.get(id);
  }

  /** Those of `ids` that exist, each once, in ascending order. */
  among(ids: readonly number[]): number[] {
    return [...new Set(ids)].filter((id) => this.byId.has(id)).sort((a, b) => a - b);
  }
}
