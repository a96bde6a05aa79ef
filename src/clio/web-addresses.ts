import type { Subject } from "./subject-types.ts";

/** Where a person finds things in Clio's own pages. */
export interface ClioWebAddresses {
  /** The page of a record; documents, folders and activities are found from their lists. */
  record(subject: Subject): string;
  /** Where an administrator mends a user's phone number. */
  readonly users: string;
}

const PAGES: Record<Subject["type"], (id: number) => string> = {
  matters: (id) => `matters/${id}`,
  contacts: (id) => `contacts/${id}`,
  activities: () => "activities",
  documents: () => "documents",
  folders: () => "documents",
};

/** @param baseUrl Clio's host, for example `https://app.clio.com` */
export function clioWebAddresses(baseUrl: string): ClioWebAddresses {
  return {
    record: ({ type, id }) => `${baseUrl}/nc/#/${PAGES[type](id)}`,
    users: `${baseUrl}/nc/#/settings/users`,
  };
}
