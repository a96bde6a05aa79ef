import type { Matter, RelatedMatter } from "./matter.ts";

/** A contact's part in a matter, of which they may or may not be the client. */
export interface Relationship {
  readonly id: number;
  readonly contactId: number;
  readonly matterId: number;
  /** Free text such as `Spouse`; empty if Clio says nothing. */
  readonly description: string;
}

/**
 * The matters that a contact is related to, each once. Of several relationships to one matter, the first that says something
 * counts.
 * @param matters may lack some of them, which are left out: they were deleted, or Clio hides them
 */
export function toRelatedMatters(
  relationships: readonly Pick<Relationship, "id" | "matterId" | "description">[],
  matters: readonly Matter[],
): RelatedMatter[] {
  const relations = new Map<number, string>();
  for (const { matterId, description } of relationships.toSorted((one, other) => one.id - other.id))
    relations.set(matterId, relations.get(matterId) || description);
  return matters.flatMap((matter) => {
    const relation = relations.get(matter.id);
    return relation === undefined ? [] : [{ ...matter, relation }];
  });
}
