/** What went wrong while a firm was read from Clio, and what happens or helps next. */
export interface ErrorDescription {
  readonly what: string;
  readonly next: string;
}

const CLIO_ERROR: ErrorDescription = {
  what: "Clio can't be reached or isn't responding correctly.",
  next: "The service tries again automatically, at least once a minute.",
};

const DESCRIPTIONS: Readonly<Record<string, ErrorDescription>> = {
  clio_error: CLIO_ERROR,
  clio_timeout: {
    what: "Clio takes too long to respond.",
    next: "The service tries again automatically, at least once a minute.",
  },
  clio_rate_limited: {
    what: "Clio's request limit is reached.",
    next: "The sync continues automatically, usually within a minute.",
  },
  clio_permission: {
    what: "Clio denied access to contacts, matters or users.",
    next: "In Clio, check that the developer app has the permissions Contacts, Matters and Users (read), and that the lookup account can see contacts, matters and users.",
  },
  clio_not_connected: {
    what: "The lookup account no longer has access to Clio.",
    next: "Ask a user at your firm to open /connect and sign in to Clio.",
  },
  internal_error: {
    what: "The sync failed because of an error in this service.",
    next: "The operator can find the cause in the service's log. The service tries again automatically, at least once a minute.",
  },
};

/** @param code the code of the error that ended a sync; a code without its own text is described as `clio_error` */
export function describeError(code: string): ErrorDescription {
  return DESCRIPTIONS[code] ?? CLIO_ERROR;
}
