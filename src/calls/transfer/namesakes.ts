import { spokenWords } from "../matching/spoken-words.ts";

interface NamedPerson {
  readonly id: number;
  readonly name: string | null;
}

/**
 * Finds people who share a name, however it is written: Upfirst tells rules apart by name.
 * @param people everyone at the firm who can take calls
 * @returns whether one of them, other than the person, has the person's name
 */
export function namesakesAmong(people: readonly NamedPerson[]): (person: NamedPerson) => boolean {
  const idsByName = new Map<string, Set<number>>();
  for (const { id, name } of people) {
    if (name === null) continue;
    const key = nameKey(name);
    const ids = idsByName.get(key);
    if (ids) ids.add(id);
    else idsByName.set(key, new Set([id]));
  }
  return ({ id, name }) => {
    const ids = name === null ? undefined : idsByName.get(nameKey(name));
    return ids !== undefined && (ids.size > 1 || !ids.has(id));
  };
}

function nameKey(name: string): string {
  return spokenWords(name).join(" ");
}
