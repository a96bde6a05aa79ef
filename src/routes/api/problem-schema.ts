import { z } from "zod";
import { PROBLEM_MESSAGES, type ProblemCode } from "../../calls/messages.ts";

/** The body of every error (RFC 9457). The descriptions are read by language models. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong and what would be right, for the operator." }),
    code: z.enum(Object.keys(PROBLEM_MESSAGES) as [ProblemCode, ...ProblemCode[]]),
    request_id: z.string().meta({ description: "Identifies the request in the service's log." }),
    message: z.string().meta({ description: "What to do next. Always present. Follow it." }),
  })
  .meta({ id: "Problem" });
