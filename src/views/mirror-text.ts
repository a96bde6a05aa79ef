import type { ChangeDelivery } from "../mirror/mirror-status.ts";

/** Why Clio could not be read, and how it goes on. */
export interface ErrorDescription {
  readonly what: string;
  readonly next: string;
}

const CLIO_ERROR: ErrorDescription = {
  what: "Clio cannot be reached, or does not answer as it should.",
  next: "It is asked again by itself, at least once a minute.",
};

const TROUBLES: Readonly<Record<string, ErrorDescription>> = {
  clio_error: CLIO_ERROR,
  clio_timeout: {
    what: "Clio takes too long to answer.",
    next: "It is asked again by itself, at least once a minute.",
  },
  clio_rate_limited: {
    what: "Clio's limit of requests is used up for the moment.",
    next: "The reading goes on by itself, within a minute or so.",
  },
  clio_permission: {
    what: "Clio refuses to show contacts, matters or users.",
    next: "Check two things in Clio: that the developer app has the permissions Contacts, Matters and Users (read), and that the user who looks callers up may see them.",
  },
  clio_not_connected: {
    what: "The user who looks callers up has no access to Clio any more.",
    next: "Let somebody of the firm open /connect and sign in to Clio.",
  },
  internal_error: {
    what: "This service failed while it was reading.",
    next: "Whoever runs it finds the reason in its log. It tries again by itself, at least once a minute.",
  },
};

/**
 * What an error that ended a reading means to people.
 *
 * @param code as `Mirror.trouble` has it
 */
export function describeError(code: string): ErrorDescription {
  return TROUBLES[code] ?? CLIO_ERROR;
}

const ASKED_FOR = "Until then, changes are asked for every 5 minutes.";

/** How changes in Clio come here: in a word or two, and what more there is to say. */
export function describeChangeDelivery(changes: ChangeDelivery): { short: string; more: string | null } {
  if (changes === "told") return { short: "Told at once", more: null };
  const short = "Asked for every 5 minutes";
  if (changes === "without_https")
    return {
      short,
      more: "Clio does not tell changes to an address without https; they are asked for every 5 minutes.",
    };
  if (changes === "waiting")
    return { short, more: `Clio has not confirmed yet that it tells changes at once. ${ASKED_FOR}` };
  const why =
    changes.trouble === "clio_permission"
      ? "Clio does not tell changes at once: the developer app lacks the permission Webhooks (write)."
      : `Clio could not be asked to tell changes at once. ${describeError(changes.trouble).what}`;
  return { short, more: `${why} ${ASKED_FOR}` };
}
