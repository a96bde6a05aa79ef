/** How many items of a list sorted by ID have an ID of at most `id`. */
export function countIdsUpTo(items: readonly { id: number }[], id: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as { id: number }).id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Inserts an item into a list sorted by ID. Fast at the end of the list. */
export function insertById<Item extends { id: number }>(items: Item[], item: Item): void {
  items.splice(countIdsUpTo(items, item.id), 0, item);
}

/** Removes the item with this ID, if there is one, from a list sorted by ID. */
export function removeById(items: { id: number }[], id: number): void {
  const index = countIdsUpTo(items, id) - 1;
  if (items[index]?.id === id) items.splice(index, 1);
}
