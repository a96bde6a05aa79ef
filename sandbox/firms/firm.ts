import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import { CREATED, UPDATED } from "./record-times.ts";

/** What a Clio developer app asks for; a user (or an app) can lack any of them, and then Clio answers 403. */
export const PERMISSIONS = [
  "contacts",
  "matters",
  "users",
  "custom_actions",
  "webhooks",
  "activities",
  "documents",
  "communications",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/**
 * One law firm's Clio account, as the sandbox holds it. Fields are spelled as Clio spells them on the wire;
 * a record points at another by id. Dates are `2026-05-31`, times `2026-05-31T09:30:00Z`.
 */
export interface Firm {
  account: { id: number; name: string };
  users: FirmUser[];
  contacts: FirmContact[];
  matters: FirmMatter[];
  /** Absent: none. So with documents and folders. */
  activities?: FirmActivity[];
  documents?: FirmDocument[];
  folders?: FirmFolder[];
}

/** Somebody who works at the firm. User ids are unique across all firms of one sandbox. */
export interface FirmUser {
  id: number;
  name: string;
  first_name: string;
  last_name: string;
  email: string;
  /** Free text, as it was typed. */
  phone_number: string | null;
  enabled: boolean;
  subscription_type: "Attorney" | "NonAttorney";
  roles: string[];
  account_owner: boolean;
  time_zone: string;
  created_at: string;
  updated_at: string;
  /** What requests with this user's token may touch. */
  permissions: Set<Permission>;
  /** Contacts that Contacts Visibility keeps from this user: ids. */
  hiddenContacts: Set<number>;
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
  /** The company this person belongs to. */
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
  name: "Work" | "Personal" | "Other";
  /** Free text, as it was typed. */
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

/** A matter of one client, and the ids of the users on it. */
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

/** A user with every permission, enabled, unless `more` says otherwise. `fullName` is a first and a last name. */
export function user(id: number, fullName: string, more: Partial<FirmUser> = {}): FirmUser {
  const { first, last } = split(fullName);
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
    created_at: CREATED,
    updated_at: UPDATED,
    permissions: new Set(PERMISSIONS),
    hiddenContacts: new Set(),
    ...more,
  };
}

/** What is worth saying of a contact, in short; everything else is filled in. */
export interface ContactInShort {
  /** As typed; the first is the primary one. */
  phones?: string[];
  emails?: string[];
  address?: Partial<Address>;
  webSite?: string;
  more?: Partial<FirmContact>;
}

/** A client who is a person. `fullName` is a first and a last name. */
export function person(id: number, fullName: string, short: ContactInShort = {}): FirmContact {
  const { first, last } = split(fullName);
  return contact(id, fullName, short, { type: "Person", first_name: first, last_name: last });
}

/** A client that is a company. */
export function company(id: number, name: string, short: ContactInShort = {}): FirmContact {
  return contact(id, name, short, { type: "Company" });
}

/**
 * An open matter of one client. The display number is made as Clio makes it by default: the number in five
 * digits and the client's last name, `00042-Doe`.
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
    created_at: CREATED,
    updated_at: UPDATED,
    ...more,
  };
}

function contact(
  id: number,
  name: string,
  { phones = [], emails = [], address, webSite, more = {} }: ContactInShort,
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
    created_at: CREATED,
    updated_at: UPDATED,
    ...kind,
    ...more,
  };
}

function split(fullName: string): { first: string; last: string } {
  const [first = "", ...rest] = fullName.split(" ");
  return { first, last: rest.join(" ") };
}
