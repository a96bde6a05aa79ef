import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { parseForm } from "../../../http/parse-form.ts";
import { problemBody } from "../../../http/problem-body.ts";
import { currentVisitor } from "../../../http/require-session.ts";
import { startContext } from "../../../runtime/request-context.ts";
import type { TriedAnswer } from "../../../views/setup-page.ts";
import { answerRouteCall } from "../../api/route-call.ts";
import { showSetup } from "./page.ts";

const Said = z.string().max(200, { error: "at most 200 characters." }).default("");

const Tried = z.object({
  number: z.string({ error: "type a number." }).max(200, { error: "at most 200 characters." }),
  name: Said,
  matter: Said,
});
type Tried = z.infer<typeof Tried>;

/** `POST /setup/try`: a number in, the very JSON out that the receptionist would get. */
export function tryCaller(services: Services): RequestHandler {
  const { openDirectory } = services;
  const answerQuery = answerRouteCall(services);

  return async (request, response) => {
    const tried = parseForm(Tried, request);
    const answer = await answered(tried, currentVisitor(response).firm.id, request.id);
    await showSetup(services, response, { tried: { ...tried, answer } });
  };

  /** The same rules, the same deadline and the same errors as for the receptionist. */
  async function answered(
    { number, name, matter }: Tried,
    firmId: string,
    requestId: unknown,
  ): Promise<TriedAnswer> {
    const path = "/route-call";
    const context = startContext(services.settings.answerDeadlineMs);
    try {
      const directory = openDirectory(firmId, context);
      const body = await answerQuery({ caller_id: number, name, matter }, directory);
      return { path, status: 200, body };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { path, status: error.status, body: problemBody(error, requestId) };
    } finally {
      context.close();
    }
  }
}
