import type { Request, RequestHandler } from "express";
import { z } from "zod";
import {
  AuthorizationExpiredError,
  connectUser,
  type NewConnection,
} from "../../connections/connect-user.ts";
import { ensureCustomActions } from "../../connections/custom-actions.ts";
import { findUserName } from "../../connections/find-user-name.ts";
import { StateRefusedError, type Visit } from "../../connections/oauth-state.ts";
import type { Services } from "../../container.ts";
import { ForbiddenError, InvalidRequestError, ServiceError, TooManyRequestsError } from "../../errors.ts";
import { type AttemptStatus, addressOf } from "../../http/attempt-limits.ts";
import { contextOf } from "../../http/deadline.ts";
import { connectLink } from "../../http/sign-in.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { parseQuery } from "../parse-input.ts";
import { textParameter } from "../text-parameter.ts";

const CallbackQuery = z.object({
  state: textParameter(),
  code: textParameter().optional(),
  error: textParameter().optional(),
});

const STATE_PROBLEMS: Record<StateRefusedError["reason"], { title: string; detail: string }> = {
  expired: {
    title: "This sign-in took too long",
    detail:
      "After you open the connect page or a setup link, you have ten minutes to allow access in Clio. If you came from a setup link, open it again.",
  },
  used: {
    title: "This sign-in has been used",
    detail:
      "The link back from Clio works only once. If you reloaded the page, you're probably connected already: open the setup page.",
  },
  foreign: {
    title: "This sign-in started in another browser",
    detail: "Start and finish the sign-in in the same browser, with cookies enabled.",
  },
};

/**
 * `GET /oauth/callback`: the way back from Clio's consent page. Connects the user, signs them in, installs their menu
 * entries, and redirects to where they came from. All other outcomes are pages that say what happened and how to continue.
 */
export function oauthCallback(services: Services): RequestHandler {
  const {
    settings,
    cookies,
    oauthStates,
    sessions,
    verifiedClicks,
    knownUsers,
    userClio,
    mirrorScheduler,
    limiters,
    recordAudit,
  } = services;
  const connectParts = { ...services, region: settings.clio.region };

  return async (request, response) => {
    const { state, code, error } = parseQuery(CallbackQuery, request);
    const address = addressOf(request);
    // Checked before the state is used up, so that the same link works later.
    if (code !== undefined) refuseOverLimit(await limiters.refusedSignIns.peek(address));
    const visit = await openState(state, request);
    // The state works only once.
    response.locals.retryLink = connectAgain(visit);
    if (code === undefined) throw missingCode(error, visit);
    refuseOverLimit(await limiters.refusedSignIns.count(address));
    const context = contextOf(response);
    const connected = await connectUser(connectParts, code, visit, context).catch((error) => {
      throw error instanceof AuthorizationExpiredError ? authorizationExpired(error, visit) : error;
    });
    await limiters.refusedSignIns.takeBack(address);
    const { connection, firm, needsFirstKey } = connected;
    response.locals.firmId = firm.id;
    const audit = { firmId: firm.id, actor: connection, origin: address };
    await recordAudit({ ...audit, kind: connected.isNew ? "connected" : "signed_in" });
    if (connected.isAppointed) await recordAudit({ ...audit, kind: "administrator_appointed" });
    await sessions.start(request, response, connection, { firstKey: needsFirstKey });
    await verifiedClicks.keepOnly(request, response, firm.id);
    const browserUsers = await knownUsers.of(request);
    await browserUsers.add(response, connection);
    // Without its menu entries a connection still works, and `/setup` shows what is missing.
    await ensureCustomActions(services, connection, context).catch(ignoreServiceError);
    mirrorScheduler.schedule(firm.id);
    const { returnTarget } = visit;
    if (returnTarget?.userId && returnTarget.userId !== connection.userId)
      throw await wrongUser(connected, returnTarget.userId, returnTarget.to, context);
    response.redirect(302, returnTarget?.to ?? "/setup");
  };

  async function openState(state: string, request: Request): Promise<Visit> {
    try {
      return await oauthStates.open(state, cookies.read(request, "connecting"));
    } catch (error) {
      if (!(error instanceof StateRefusedError)) throw error;
      const { title, detail } = STATE_PROBLEMS[error.reason];
      const next = error.reason === "used" ? { href: "/setup", label: "Open setup" } : connectAgain(null);
      throw new InvalidRequestError(detail, { title, next });
    }
  }

  /** The page for a click belongs to the user who clicked. An automatic redirect back to Clio would cause a loop. */
  async function wrongUser(
    { connection }: NewConnection,
    userId: number,
    to: string,
    context: RequestContext,
  ): Promise<ForbiddenError> {
    const name = (await findUserName(userClio, connection, userId, context)) ?? `user ${userId}`;
    return new ForbiddenError(
      `You signed in as ${connection.userName ?? "another user"}, but ${name} clicked the menu entry. Sign in to Clio as ${name}, then click it again.`,
      {
        title: "Sign in with another Clio account",
        next: {
          href: await connectLink(oauthStates, { to, userId }),
          label: "Sign in with the other account",
        },
      },
    );
  }
}

/** An invented code costs a request to Clio in this app's name. */
function refuseOverLimit({ isOverLimit, retryAfter }: AttemptStatus): void {
  if (isOverLimit)
    throw new TooManyRequestsError("Too many sign-ins from this address have been refused.", { retryAfter });
}

/** Clio redirects back without a code mainly if the user declined (docs/explanation/how-clio-behaves.md). */
function missingCode(error: string | undefined, visit: Visit): ServiceError {
  const next = connectAgain(visit);
  if (error === undefined)
    return new InvalidRequestError("Clio sent you back without an authorization: code is required.", {
      next,
    });
  if (error !== "access_denied")
    return new InvalidRequestError("Clio couldn't complete the sign-in. Try again.", {
      title: "Nothing was connected",
      next,
    });
  return new ForbiddenError(
    "You didn't allow access in Clio, so nothing was connected or stored. The receptionist can look up callers once a user of your firm allows it.",
    { title: "Access was declined", next },
  );
}

function authorizationExpired(cause: AuthorizationExpiredError, visit: Visit): InvalidRequestError {
  return new InvalidRequestError(
    "Clio accepts an authorization only once and only for ten minutes. Connect again.",
    {
      title: "This authorization is no longer valid",
      next: connectAgain(visit),
      cause,
    },
  );
}

/** The link to try again, with the setup token if there was one. */
function connectAgain(visit: Visit | null) {
  const setup = visit?.setupToken;
  const query = setup ? `?setup=${encodeURIComponent(setup)}` : "";
  return { href: `/connect${query}`, label: "Connect again" };
}

function ignoreServiceError(error: unknown): void {
  if (!(error instanceof ServiceError)) throw error;
}
