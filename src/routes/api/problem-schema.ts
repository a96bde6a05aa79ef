import { z } from "zod";
import { PROBLEM_MESSAGES, type ProblemCode } from "../../calls/messages.ts";

/** What every error is, for whoever reads `/openapi.json` (RFC 9457). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong, and what would be right. For the operator." }),
    code: z.enum(Object.keys(PROBLEM_MESSAGES) as [ProblemCode, ...ProblemCode[]]),
    request_id: z.string().meta({ description: "Under this id the log has more." }),
    message: z.string().meta({ description: "What the receptionist does next. Always there: follow it." }),
  })
  .meta({ id: "Problem" });
