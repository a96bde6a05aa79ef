import type { Subject } from "./subject-types.ts";

/** Addresses of pages in Clio Manage's web interface. */
export interface ClioWebAddresses {
  /** The page of a record; for an activity, document or folder, the list that contains it. */
  record(subject: Subject): string;
  /** Where an administrator edits users, for example their phone numbers. */
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
