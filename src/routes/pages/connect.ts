import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import { z } from "zod";
import { STATE_LIFETIME_SECONDS } from "../../connections/oauth-state.ts";
import type { Services } from "../../container.ts";
import { ForbiddenError } from "../../errors.ts";
import { BROWSER_COOKIE, cookieOf, cookieOptions } from "../../http/cookies.ts";
import { limitFailedAttempts } from "../../http/failed-attempts.ts";
import { parseQuery, textParameter } from "../../http/parse-query.ts";

/** What comes here travels on in the `state`, and a browser's addresses have their limits. */
const LONGEST_SETUP = 500;
const LONGEST_BACK = 4_000;

const ConnectQuery = z.object({
  setup: textParameter(LONGEST_SETUP).optional(),
  /** Where a visitor was going who had to sign in first: sealed by this service. */
  back: textParameter(LONGEST_BACK).optional(),
});

const BROWSER_SECRET = /^[\w-]{43}$/;

/**
 * `GET /connect`: sends the browser to Clio's consent page. Without the setup token or an invitation, and with no firm
 * admitted, it is 403 at once; otherwise the callback finds out whether the user's firm is admitted.
 */
export function connect(services: Services): RequestHandler {
  const { settings, store, oauth, oauthStates, setupToken, sharedAttempts } = services;
  const countWrongToken = limitFailedAttempts("setup links", sharedAttempts);

  return async (request, response) => {
    const { setup = null, back } = parseQuery(ConnectQuery, request);
    const mayAdmit =
      setup !== null && (setupToken?.matches(setup) || (await store.invitations.isValid(setup)));
    if (setup !== null && !mayAdmit) await countWrongToken(request, response);
    if (!mayAdmit && (await store.firms.count()) === 0)
      throw new ForbiddenError(
        "The first firm is admitted with the setup link. Your administrator finds it in what the service printed when it started, or makes it from SETUP_TOKEN.",
        { title: "This service is not set up yet" },
      );

    const known = cookieOf(request, BROWSER_COOKIE);
    // Two tabs may connect at once: a browser keeps its secret while it lives.
    const browser = known && BROWSER_SECRET.test(known) ? known : randomBytes(32).toString("base64url");
    const returnTarget = back === undefined ? null : await oauthStates.openReturnTarget(back);
    const state = await oauthStates.seal({ setupToken: setup, returnTarget }, browser);
    response
      .cookie(BROWSER_COOKIE, browser, cookieOptions(settings.publicUrl, STATE_LIFETIME_SECONDS))
      .redirect(302, oauth.authorizeUrl(state));
  };
}
