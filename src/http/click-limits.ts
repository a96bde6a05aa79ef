import type { Request } from "express";
import type { OAuthStates, ReturnTarget } from "../connections/oauth-state.ts";
import { ClioRateLimitedError, TooManyRequestsError } from "../errors.ts";
import { type AttemptLimiters, type AttemptStatus, addressOf } from "./attempt-limits.ts";
import { connectLink } from "./sign-in.ts";

/**
 * Limits clicks that Clio hasn't confirmed: anyone can forge them, and each costs the user one of Clio's requests
 * (docs/explanation/security.md, "Forged clicks").
 */
export interface ClickLimits {
  /**
   * Counts a click for the address it came from. Throws `TooManyRequestsError` above the limit.
   * @param click where to return to after signing in
   */
  countForAddress(request: Request, click: ReturnTarget): Promise<void>;
  /** Counts a click for a connected user, just before the request to Clio. Throws `TooManyRequestsError` above the limit. */
  countForUser(userId: number, click: ReturnTarget): Promise<void>;
  /** Takes back a click that Clio has confirmed. */
  takeBack(request: Request, userId: number): Promise<void>;
  /** The error with a link to sign in, if the user's remaining requests at Clio are reserved for others. */
  withSignInLink(error: unknown, click: ReturnTarget): Promise<unknown>;
}

export function createClickLimits(limiters: AttemptLimiters, oauthStates: OAuthStates): ClickLimits {
  const { clicksByAddress, clicksByUser } = limiters;

  async function signInLink(click: ReturnTarget) {
    return { href: await connectLink(oauthStates, click), label: "Sign in and continue" };
  }

  async function refuseOverLimit(
    { isOverLimit, retryAfter }: AttemptStatus,
    reason: string,
    click: ReturnTarget,
  ): Promise<void> {
    if (!isOverLimit) return;
    throw new TooManyRequestsError(`${reason} ${SIGN_IN_INSTEAD}`, {
      title: "Too many unconfirmed clicks",
      retryAfter,
      next: await signInLink(click),
    });
  }

  return {
    async countForAddress(request, click) {
      const status = await clicksByAddress.count(addressOf(request));
      await refuseOverLimit(
        status,
        "Too many recent clicks from this address weren't confirmed by Clio.",
        click,
      );
    },

    async countForUser(userId, click) {
      const status = await clicksByUser.count(String(userId));
      await refuseOverLimit(status, "Too many recent clicks by this user weren't confirmed by Clio.", click);
    },

    async takeBack(request, userId) {
      await clicksByAddress.takeBack(addressOf(request));
      await clicksByUser.takeBack(String(userId));
    },

    async withSignInLink(error, click): Promise<unknown> {
      if (!(error instanceof ClioRateLimitedError)) return error;
      const { retryAfter = 1 } = error.options;
      return new ClioRateLimitedError(
        `Most of this user's requests to Clio are used up for the moment. ${SIGN_IN_INSTEAD}`,
        { retryAfter, next: await signInLink(click), cause: error },
      );
    },
  };
}

const SIGN_IN_INSTEAD = "Sign in to continue at once: clicks of signed-in users aren't limited.";
