import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import { z } from "zod";
import { setupLinkUsed } from "../../connections/connect-user.ts";
import { STATE_LIFETIME_SECONDS } from "../../connections/oauth-state.ts";
import type { Services } from "../../container.ts";
import { ForbiddenError } from "../../errors.ts";
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

/** Of the browser's secret and of the PKCE verifier, which has to be at least 43 characters long. */
const SECRET_BYTES = 32;
const BROWSER_SECRET = /^[\w-]{43}$/;

/**
 * `GET /connect`: redirects to Clio's consent page. If no firm is admitted, it takes the setup token or an invitation;
 * otherwise `GET /oauth/callback` decides whether the user's firm is admitted.
 */
export function connect(services: Services): RequestHandler {
  const { cookies, store, oauth, oauthStates, setupToken, setupLinkCheck } = services;

  return async (request, response) => {
    const { setup = null, back } = parseQuery(ConnectQuery, request);
    const mayAdmit = setup !== null && (await setupLinkCheck.isValid(setup, request));
    if ((await store.firms.count()) === 0) await requireUsableLink(mayAdmit ? setup : null);

    const known = cookies.read(request, "connecting");
    // Reusing the secret lets two tabs sign in at the same time.
    const browser = known && BROWSER_SECRET.test(known) ? known : randomSecret();
    const returnTarget = back === undefined ? null : await oauthStates.openReturnTarget(back);
    const codeVerifier = randomSecret();
    const state = await oauthStates.seal({ setupToken: setup, codeVerifier, returnTarget }, browser);
    cookies.set(response, "connecting", browser, STATE_LIFETIME_SECONDS);
    response.redirect(302, oauth.authorizeUrl(state, codeVerifier));
  };

  /** While no firm is admitted, a valid link is required. @param link null if there was none, or an invalid one */
  async function requireUsableLink(link: string | null): Promise<void> {
    const isGenerated = link !== null && setupToken?.generated === true && setupToken.matches(link);
    if (link !== null && !isGenerated) return;
    const isFirst = !(await store.firms.wasAnyAdmitted());
    if (isGenerated && isFirst) return;
    if (isGenerated) throw setupLinkUsed();
    throw isFirst
      ? new ForbiddenError(
          "To connect the first firm, open the setup link. The service prints it when it starts; if SETUP_TOKEN is set, the operator of this service can build the link from it.",
          { title: "This service isn't set up yet" },
        )
      : new ForbiddenError("Ask the operator of this service for a setup link.", {
          title: "No firm is connected",
        });
  }
}

function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}
