import { z } from "zod";

/** What a contact was matched on (contract, `/lookup-contact`). */
export const MatchedOn = z.enum(["phone", "last_4", "phone+name", "last_4+name", "name"]).nullable().meta({
  description:
    "What settled who is calling: the whole number, its last four digits, either with the name the caller said, or the full name alone. Null when nobody was matched.",
});

export const CandidateCount = z.int().min(0).meta({
  description: "How many contacts have the number. Their names are never told.",
});

export const Message = z.string().meta({
  description: "What to do next, in one or two plain sentences. Always there: follow it.",
});
