import { z } from "zod";

/** What identified the caller (docs/explanation/who-is-found.md). */
export const MatchedOn = z.enum(["phone", "last_4", "phone+name", "last_4+name", "name"]).nullable().meta({
  description:
    "What identified the caller: the whole number, its last four digits, either of them together with the name the caller gave, or the full name alone. Null if no one matched.",
});

export const CandidateCount = z.int().min(0).meta({
  description: "How many contacts have this number. Their names are never included.",
});

export const Message = z.string().meta({
  description: "What to do next, in one or two plain sentences. Always present. Follow it.",
});
