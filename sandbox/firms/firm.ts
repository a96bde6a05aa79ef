import { CREATED_AT, UPDATED_AT } from "./clio-time.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmCalendar, FirmCalendarEntry, FirmEventType } from "./firm-calendars.ts";
import type { FirmCommunication, FirmTask } from "./firm-communications.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import type { FirmRelationship } from "./firm-relationships.ts";

/**
 * The permissions of a Clio developer app. Without one of them, Clio responds with 403. Most cover reading and writing;
 * contacts can be granted for reading alone.
 */
export const PERMISSIONS = [
  "contacts",
  "contacts_write",
  "matters",
  "users",
  "custom_actions",
  "webhooks",
  "activities",
  "documents",
  "communications",
  "tasks",
  "calendars",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/**
 * One law firm's Clio account. Fields have the names of Clio's API; records refer to each other by ID. Dates are
 * written `2026-05-31`, times `2026-05-31T09:30:00Z`.
 */
export interface Firm {
  account: { id: number; name: string };
  users: FirmUser[];
  contacts: FirmContact[];
  matters: FirmMatter[];
  /** Default: none. The same applies to the lists below. */
  activities?: FirmActivity[];
  documents?: FirmDocument[];
  folders?: FirmFolder[];
  relationships?: FirmRelationship[];
  communications?: FirmCommunication[];
  tasks?: FirmTask[];
  calendars?: FirmCalendar[];
  calendar_entries?: FirmCalendarEntry[];
  calendar_entry_event_types?: FirmEventType[];
}

/** A member of the firm. User IDs are unique across all firms of a sandbox. */
export interface FirmUser {
  id: number;
  name: string;
  first_name: string;
  last_name: string;
  email: string;
  /** Free text, as typed. */
  phone_number: string | null;
  enabled: boolean;
  subscription_type: "Attorney" | "NonAttorney";
  roles: string[];
  account_owner: boolean;
  /** An IANA name. */
  time_zone: string;
  /** The user's own calendar. */
  default_calendar_id: number | null;
  created_at: string;
  updated_at: string;
  /** What requests with this user's token may access. */
  permissions: Set<Permission>;
  /** IDs of the contacts that Clio's Contacts Visibility hides from this user. */
  hiddenContacts: Set<number>;
  /** Matters restricted to other users of the firm. */
  hiddenMatters: Set<number>;
}

/** A person or a company. */
export interface FirmContact {
  id: number;
  type: "Person" | "Company";
  name: string;
  prefix: string | null;
  first_name: string | null;
  middle_name: string | null;
  last_name: string | null;
  title: string | null;
  is_client: boolean;
  /** The person's company. */
  company_id: number | null;
  phone_numbers: PhoneNumber[];
  email_addresses: EmailAddress[];
  addresses: Address[];
  web_sites: WebSite[];
  created_at: string;
  updated_at: string;
}

export interface PhoneNumber {
  id: number;
  name: "Work" | "Personal" | "Home" | "Mobile" | "Fax" | "Pager" | "Skype" | "Other";
  /** Free text, as typed. */
  number: string;
  primary: boolean;
}

export interface EmailAddress {
  id: number;
  name: string;
  address: string;
  primary: boolean;
}

export interface Address {
  id: number;
  name: "Work" | "Home" | "Billing" | "Other";
  street: string;
  city: string;
  province: string;
  postal_code: string;
  country: string;
  primary: boolean;
}

export interface WebSite {
  id: number;
  name: "Work" | "Personal" | "Other";
  address: string;
  default_web_site: boolean;
}

/** A matter of one client, with the IDs of the users assigned to it. */
export interface FirmMatter {
  id: number;
  number: number;
  display_number: string;
  description: string;
  status: "Open" | "Pending" | "Closed";
  client_id: number;
  responsible_staff_id: number | null;
  responsible_attorney_id: number | null;
  originating_attorney_id: number | null;
  billable: boolean;
  billing_method: "flat" | "contingency" | "hourly";
  open_date: string | null;
  pending_date: string | null;
  close_date: string | null;
  last_activity_date: string | null;
  created_at: string;
  updated_at: string;
}

/** Creates an enabled user with every permission. `fullName` is a first and a last name; `more` overrides fields. */
export function user(id: number, fullName: string, more: Partial<FirmUser> = {}): FirmUser {
  const { first, last } = splitName(fullName);
  return {
    id,
    name: fullName,
    first_name: first,
    last_name: last,
    email: `${first}.${last}@hollisvance.example`.toLowerCase(),
    phone_number: null,
    enabled: true,
    subscription_type: "NonAttorney",
    roles: [],
    account_owner: false,
    time_zone: "America/Los_Angeles",
    default_calendar_id: null,
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
    permissions: new Set(PERMISSIONS),
    hiddenContacts: new Set(),
    hiddenMatters: new Set(),
    ...more,
  };
}

/** The details of a contact. Other fields get default values. */
export interface ContactDetails {
  /** As typed. The first is the primary number. */
  phones?: string[];
  emails?: string[];
  address?: Partial<Address>;
  webSite?: string;
  /** Overrides fields. */
  more?: Partial<FirmContact>;
}

/** Creates a person who is a client. `fullName` is a first and a last name. */
export function person(id: number, fullName: string, details: ContactDetails = {}): FirmContact {
  const { first, last } = splitName(fullName);
  return contact(id, fullName, details, { type: "Person", first_name: first, last_name: last });
}

/** Creates a company that is a client. */
export function company(id: number, name: string, details: ContactDetails = {}): FirmContact {
  return contact(id, name, details, { type: "Company" });
}

/**
 * Creates an open matter. Its display number has Clio's default format: the number in five digits and the client's last
 * name, `00042-Doe`. `more` overrides fields.
 */
export function matter(
  id: number,
  number: number,
  client: FirmContact,
  description: string,
  more: Partial<FirmMatter> = {},
): FirmMatter {
  return {
    id,
    number,
    display_number: `${String(number).padStart(5, "0")}-${client.last_name ?? client.name.split(" ")[0]}`,
    description,
    status: "Open",
    client_id: client.id,
    responsible_staff_id: null,
    responsible_attorney_id: null,
    originating_attorney_id: null,
    billable: true,
    billing_method: "hourly",
    open_date: "2025-09-15",
    pending_date: null,
    close_date: null,
    last_activity_date: "2026-03-20",
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
    ...more,
  };
}

function contact(
  id: number,
  name: string,
  { phones = [], emails = [], address, webSite, more = {} }: ContactDetails,
  kind: Pick<FirmContact, "type"> & Partial<FirmContact>,
): FirmContact {
  return {
    id,
    name,
    prefix: null,
    first_name: null,
    middle_name: null,
    last_name: null,
    title: null,
    is_client: true,
    company_id: null,
    phone_numbers: phones.map((number, i) => ({ id: id * 10 + i, name: "Work", number, primary: i === 0 })),
    email_addresses: emails.map((email, i) => ({
      id: id * 10 + i,
      name: "Work",
      address: email,
      primary: i === 0,
    })),
    addresses: address
      ? [
          {
            id: id * 10,
            name: "Home",
            street: "",
            city: "San Francisco",
            province: "CA",
            postal_code: "",
            country: "US",
            primary: true,
            ...address,
          },
        ]
      : [],
    web_sites: webSite ? [{ id: id * 10, name: "Work", address: webSite, default_web_site: true }] : [],
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
    ...kind,
    ...more,
  };
}

function splitName(fullName: string): { first: string; last: string } {
  const [first = "", ...rest] = fullName.split(" ");
  return { first, last: rest.join(" ") };
}
