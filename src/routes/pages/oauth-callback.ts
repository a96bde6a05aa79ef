import { randomBytes } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { CodeRefusedError } from "../../clio/oauth.ts";
import { installCustomActions, wantedActions } from "../../clio/resources/custom-actions.ts";
import { getUserName } from "../../clio/resources/users.ts";
import { connectUser, type NewConnection } from "../../connections/connect-user.ts";
import { StateRefusedError, type Visit } from "../../connections/oauth-state.ts";
import type { Services } from "../../container.ts";
import { ForbiddenError, InvalidRequestError, ServiceError } from "../../errors.ts";
import { BROWSER_COOKIE, cookieOf } from "../../http/cookies.ts";
import { contextOf } from "../../http/deadline.ts";
import { parseQuery, textParameter } from "../../http/parse-query.ts";
import { connectLink } from "../../http/require-session.ts";
import type { RequestContext } from "../../runtime/request-context.ts";

const CallbackQuery = z.object({
  state: textParameter(),
  code: textParameter().optional(),
  error: textParameter().optional(),
});

/** The way to try once more: with the setup token that came along, when the firm is still to be admitted. */
function again(visit: Visit | null) {
  const setup = visit?.setupToken;
  const query = setup ? `?setup=${encodeURIComponent(setup)}` : "";
  return { href: `/connect${query}`, label: "Connect again" };
}

const STATE_REFUSED: Record<StateRefusedError["reason"], { title: string; detail: string }> = {
  expired: {
    title: "That took too long",
    detail: "You have ten minutes between opening the connect page and allowing access in Clio.",
  },
  used: {
    title: "This link has been used",
    detail:
      "The way back from Clio works once. If you reloaded the page, you are probably connected already.",
  },
  foreign: {
    title: "This browser did not ask for that",
    detail:
      "The link back from Clio belongs to another browser, or cookies are switched off. Start and finish in the same browser.",
  },
};

/**
 * `GET /oauth/callback`: the browser comes back from Clio's consent page; its state is opened once, the user of an
 * admitted firm is connected and signed in, their custom actions are put in place, and they go on to where they were
 * going. Everybody else learns what happened and how to go on.
 */
export function oauthCallback(services: Services): RequestHandler {
  const { settings, oauthStates, sessions, userClio, mirrorScheduler } = services;
  const parts = { ...services, region: settings.clio.region };

  return async (request, response) => {
    const { state, code, error } = parseQuery(CallbackQuery, request);
    const visit = await openState(state, request);
    if (code === undefined) throw noCode(error, visit);
    const context = contextOf(response);
    const connected = await connectUser(parts, code, visit.setupToken, context).catch((error) => {
      throw error instanceof CodeRefusedError ? codeRefused(visit) : error;
    });
    response.locals.firmId = connected.firm.id;
    await signIn(request, response, connected);
    await putActionsInPlace(connected, context);
    mirrorScheduler.schedule(connected.firm.id);
    const { returnTarget } = visit;
    if (returnTarget?.userId && returnTarget.userId !== connected.connection.userId)
      throw await otherUser(connected, returnTarget.userId, returnTarget.to, context);
    response.redirect(302, returnTarget?.to ?? "/setup");
  };

  async function openState(state: string, request: Request): Promise<Visit> {
    try {
      return await oauthStates.open(state, cookieOf(request, BROWSER_COOKIE));
    } catch (error) {
      if (!(error instanceof StateRefusedError)) throw error;
      const { title, detail } = STATE_REFUSED[error.reason];
      throw new InvalidRequestError(detail, { title, next: again(null) });
    }
  }

  async function signIn(request: Request, response: Response, connected: NewConnection): Promise<void> {
    const { connection, needsFirstKey } = connected;
    const { firmId, userId } = connection;
    const session = await sessions.read(request);
    // Whoever shares a browser with somebody of another firm is shown nothing of it.
    const clicks = session.clicks.filter((click) => click.firmId === firmId);
    const csrf = randomBytes(24).toString("base64url");
    await sessions.write(response, { signedIn: { firmId, userId, csrf, firstKey: needsFirstKey }, clicks });
  }

  /** A user whose actions cannot be put in place is connected all the same: `/setup` says what is missing. */
  async function putActionsInPlace({ connection }: NewConnection, context: RequestContext): Promise<void> {
    try {
      await installCustomActions(userClio(connection), wantedActions(settings), context);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  }

  /** The click was another user's: its page is for that user alone. */
  async function otherUser(
    { connection }: NewConnection,
    userId: number,
    to: string,
    context: RequestContext,
  ): Promise<ForbiddenError> {
    const name = await getUserName(userClio(connection), userId, context).catch(() => null);
    const needed = name ?? `the user with the number ${userId}`;
    return new ForbiddenError(
      `You signed in as ${connection.userName ?? "another user"}, but the action was clicked by ${needed}. Sign in to Clio as ${needed}, and click the action once more.`,
      {
        title: "Another Clio account is needed",
        next: {
          href: await connectLink(oauthStates, { to, userId }),
          label: "Sign in with the other account",
        },
      },
    );
  }
}

/** Clio sent the browser back without a code: mostly because the user declined (clio-facts, `redirect_on_decline`). */
function noCode(error: string | undefined, visit: Visit): Error {
  const next = again(visit);
  if (error === undefined) return new InvalidRequestError("code: this parameter is required.", { next });
  if (error !== "access_denied")
    return new InvalidRequestError("Clio did not show its consent page to the end. Try once more.", {
      title: "Nothing was connected",
      next,
    });
  return new ForbiddenError(
    "You chose not to allow access in Clio, so nothing was connected and nothing is stored. The receptionist can look callers up once somebody allows it.",
    { title: "Access was declined", next },
  );
}

function codeRefused(visit: Visit): InvalidRequestError {
  return new InvalidRequestError(
    "Clio accepts an authorization once, and for ten minutes. Connect once more.",
    {
      title: "This authorization is no longer valid",
      next: again(visit),
    },
  );
}
