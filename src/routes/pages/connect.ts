import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import { z } from "zod";
import { STATE_LIFETIME_SECONDS } from "../../connections/oauth-state.ts";
import type { Services } from "../../container.ts";
import { ForbiddenError } from "../../errors.ts";
import { limitFailedAttempts } from "../../http/failed-attempts.ts";
import { parseQuery } from "../parse-input.ts";
import { textParameter } from "../text-parameter.ts";

// Both become part of `state`, and browsers limit the length of an address.
const MAX_SETUP_LENGTH = 500;
const MAX_BACK_LENGTH = 4_000;

const ConnectQuery = z.object({
  setup: textParameter(MAX_SETUP_LENGTH).optional(),
  /** Where to continue after signing in; sealed by this service. */
  back: textParameter(MAX_BACK_LENGTH).optional(),
});

const BROWSER_SECRET = /^[\w-]{43}$/;

/**
 * `GET /connect`: redirects to Clio's consent page. If no firm is admitted, it takes the setup token or an invitation;
 * otherwise `GET /oauth/callback` decides whether the user's firm is admitted.
 */
export function connect(services: Services): RequestHandler {
  const { cookies, store, oauth, oauthStates, setupToken, sharedAttempts } = services;
  const countInvalidToken = limitFailedAttempts("setup links", sharedAttempts);

  return async (request, response) => {
    const { setup = null, back } = parseQuery(ConnectQuery, request);
    const mayAdmit =
      setup !== null && (setupToken?.matches(setup) || (await store.invitations.isValid(setup)));
    if (setup !== null && !mayAdmit) await countInvalidToken(request, response);
    if (!mayAdmit && (await store.firms.count()) === 0)
      throw new ForbiddenError(
        "To connect the first firm, open the setup link. The service prints it when it starts; if SETUP_TOKEN is set, your administrator can build the link from that.",
        { title: "This service isn't set up yet" },
      );

    const known = cookies.read(request, "connecting");
    // Reusing the secret lets two tabs sign in at the same time.
    const browser = known && BROWSER_SECRET.test(known) ? known : randomBytes(32).toString("base64url");
    const returnTarget = back === undefined ? null : await oauthStates.openReturnTarget(back);
    const state = await oauthStates.seal({ setupToken: setup, returnTarget }, browser);
    cookies.set(response, "connecting", browser, STATE_LIFETIME_SECONDS);
    response.redirect(302, oauth.authorizeUrl(state));
  };
}
