import type { Request, RequestHandler } from "express";
import { z } from "zod";
import { CodeRefused } from "../clio/oauth.ts";
import { connectUser } from "../connections/connect-user.ts";
import { StateRefused, type Visit } from "../connections/oauth-state.ts";
import { Forbidden, InvalidRequest } from "../errors.ts";
import { BROWSER_COOKIE, cookieOf } from "../http/cookies.ts";
import { budgetOf } from "../http/locals.ts";
import { readQuery, textParameter } from "../http/query.ts";
import type { Services } from "../services.ts";

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

const STATE_REFUSED: Record<StateRefused["reason"], { title: string; detail: string }> = {
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
 * `GET /oauth/callback`: the browser comes back from Clio's consent page; its state is opened once, and the user of an
 * admitted firm is connected. Everybody else learns what happened and how to go on.
 */
export function oauthCallback(services: Services): RequestHandler {
  const { settings, oauthStates, views } = services;
  const parts = { ...services, region: settings.clio.region };

  return async (request, response) => {
    const { state, code, error } = readQuery(CallbackQuery, request);
    const visit = await openState(state, request);
    if (code === undefined) throw noCode(error, visit);
    const connected = await connectUser(parts, code, visit.setupToken, budgetOf(response)).catch((error) => {
      throw error instanceof CodeRefused ? codeRefused(visit) : error;
    });
    const { user, firm, bearerKey } = connected;
    response.locals.firmId = firm.id;
    const { publicUrl } = settings;
    response.send(views.connected({ userName: user.name, firmName: firm.name, publicUrl, bearerKey }));
  };

  async function openState(state: string, request: Request): Promise<Visit> {
    try {
      return await oauthStates.open(state, cookieOf(request, BROWSER_COOKIE));
    } catch (error) {
      if (!(error instanceof StateRefused)) throw error;
      const { title, detail } = STATE_REFUSED[error.reason];
      throw new InvalidRequest(detail, { title, next: again(null) });
    }
  }
}

/** Clio sent the browser back without a code: mostly because the user declined (clio-facts, `redirect_on_decline`). */
function noCode(error: string | undefined, visit: Visit): Error {
  const next = again(visit);
  if (error === undefined) return new InvalidRequest("code: this parameter is required.", { next });
  if (error !== "access_denied")
    return new InvalidRequest("Clio did not show its consent page to the end. Try once more.", {
      title: "Nothing was connected",
      next,
    });
  return new Forbidden(
    "You chose not to allow access in Clio, so nothing was connected and nothing is stored. The receptionist can look callers up once somebody allows it.",
    { title: "Access was declined", next },
  );
}

function codeRefused(visit: Visit): InvalidRequest {
  return new InvalidRequest("Clio accepts an authorization once, and for ten minutes. Connect once more.", {
    title: "This authorization is no longer valid",
    next: again(visit),
  });
}
