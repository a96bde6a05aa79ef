/** How many of the records, which ascend by their ids, have an id not above `id`. */
export function countUpTo(items: readonly { id: number }[], id: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as { id: number }).id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a record where its id belongs, which is quick at the end. */
export function insertAscending<Item extends { id: number }>(items: Item[], item: Item): void {
  items.splice(countUpTo(items, item.id), 0, item);
}

/** Takes the record with this id out, where there is one. */
export function removeAscending(items: { id: number }[], id: number): void {
  const at = countUpTo(items, id) - 1;
  if (items[at]?.id === id) items.splice(at, 1);
}
