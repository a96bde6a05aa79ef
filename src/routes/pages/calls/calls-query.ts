import { z } from "zod";
import { CALL_OUTCOMES } from "../../../calls/call-record.ts";
import type { CallCursor } from "../../../store/repositories/call-list.ts";

const MAX_SEARCH_LENGTH = 200;
const CURSOR = /^(?<at>\d{1,15})-(?<id>[0-9a-f]{24})$/;
const ONCE = "must be sent only once.";

/** The query of `GET /calls`, `.json` and `.csv`. */
export const CallsQuery = z.object({
  outcome: z
    .enum(["", ...CALL_OUTCOMES], { error: `must be one of ${CALL_OUTCOMES.join(", ")}.` })
    .default("")
    .transform((outcome) => outcome || null),
  away: z
    .enum(["", "1"], { error: "must be 1." })
    .default("")
    .transform((away) => away === "1"),
  q: z
    .string({ error: ONCE })
    .max(MAX_SEARCH_LENGTH, { error: `must be at most ${MAX_SEARCH_LENGTH} characters long.` })
    .default("")
    .transform((text) => text.trim()),
  before: z
    .string({ error: ONCE })
    .regex(CURSOR, { error: "must come from the link to earlier calls." })
    .optional()
    .transform((text) => (text === undefined ? null : toCursor(text))),
});

/** The query of `GET /calls`. */
export const CallsPageQuery = CallsQuery.extend({
  show: z.literal("unknown", { error: "must be unknown." }).optional(),
});

export type CallsQuery = z.output<typeof CallsQuery>;

/** The address of a list of calls. @param path of the page or of a file */
export function callsAddress(path: string, { outcome, away, q, before }: CallsQuery): string {
  const query = new URLSearchParams({
    ...(q && { q }),
    ...(outcome && { outcome }),
    ...(away && { away: "1" }),
    ...(before && { before: `${before.at}-${before.id}` }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}

function toCursor(text: string): CallCursor | null {
  const { at, id } = CURSOR.exec(text)?.groups ?? {};
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}
