import { createHash } from "node:crypto";
import type { FirmContact, FirmMatter, FirmUser } from "../../firms/firm.ts";
import type { FirmActivity } from "../../firms/firm-activities.ts";
import type { FirmCalendar } from "../../firms/firm-calendars.ts";
import type {
  FirmCommunication,
  FirmTask,
  NotificationEventSubscriber,
} from "../../firms/firm-communications.ts";
import type { FirmDocument, FirmFolder } from "../../firms/firm-files.ts";
import type { FirmRelationship } from "../../firms/firm-relationships.ts";
import type { ListedEntry } from "../../firms/listed-entry.ts";
import type { Viewer } from "../../firms/viewer.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import { calendarValues } from "./calendar-values.ts";
import { communicationValues } from "./communication-values.ts";
import type { ReadField } from "./field-selection.ts";
import { initials } from "./initials.ts";
import type { Resource } from "./known-fields.ts";

/**
 * Reads fields as one viewer may see them. Most values are in the record; some are computed. A field that the sandbox
 * doesn't have, and an association with a contact hidden from the viewer, is null.
 */
export function fieldValues(viewer: Viewer): ReadField {
  const { users, matters, folders } = viewer.records;
  const ofCommunications = communicationValues(viewer);
  const ofCalendars = calendarValues(viewer);

  function computeContactField(contact: FirmContact, field: string): unknown {
    switch (field) {
      case "folder":
        return viewer.records.rootFolderOf("contact", contact.id) ?? null;
      case "company":
        return viewer.contact(contact.company_id) ?? null;
      case "initials":
        return initials(contact.name);
      case "primary_phone_number":
        return contact.phone_numbers[0]?.number ?? null;
      case "secondary_phone_number":
        return contact.phone_numbers[1]?.number ?? null;
      case "primary_email_address":
        return contact.email_addresses[0]?.address ?? null;
      case "secondary_email_address":
        return contact.email_addresses[1]?.address ?? null;
      case "primary_address":
        return contact.addresses[0] ?? null;
      case "secondary_address":
        return contact.addresses[1] ?? null;
      case "primary_work_address":
        return contact.addresses.find(({ name }) => name === "Work") ?? null;
      case "primary_web_site":
        return contact.web_sites[0] ?? null;
    }
  }

  function computeMatterField(matter: FirmMatter, field: string): unknown {
    switch (field) {
      case "folder":
        return viewer.records.rootFolderOf("matter", matter.id) ?? null;
      case "client":
        return viewer.contact(matter.client_id) ?? null;
      case "client_id":
        return viewer.contact(matter.client_id)?.id ?? null;
      case "responsible_staff":
        return users.get(matter.responsible_staff_id) ?? null;
      case "responsible_attorney":
        return users.get(matter.responsible_attorney_id) ?? null;
      case "originating_attorney":
        return users.get(matter.originating_attorney_id) ?? null;
    }
  }

  function computeUserField(user: FirmUser, field: string): unknown {
    switch (field) {
      case "account":
        return viewer.records.account;
      case "initials":
        return initials(user.name);
    }
  }

  function computeActivityField(activity: FirmActivity, field: string): unknown {
    switch (field) {
      case "matter":
        return matters.get(activity.matter_id) ?? null;
      case "user":
        return users.get(activity.user_id) ?? null;
    }
  }

  function computeFileField(file: FirmDocument | FirmFolder, field: string): unknown {
    switch (field) {
      case "parent":
        return folders.get(file.parent_id) ?? null;
      case "matter":
        return matters.get(file.matter_id) ?? null;
      case "contact":
        return viewer.contact(file.contact_id) ?? null;
      case "creator":
        return users.get(file.creator_id) ?? null;
      case "latest_document_version":
        return file.type === "Document" ? onlyVersion(file) : null;
    }
  }

  function computeRelationshipField({ contact_id, matter_id }: FirmRelationship, field: string): unknown {
    switch (field) {
      case "contact":
        return viewer.contact(contact_id) ?? null;
      case "matter":
        return matters.get(matter_id) ?? null;
    }
  }

  /** Undefined for fields that are not computed. */
  function compute(resource: Resource, record: object, field: string): unknown {
    if (field === "etag") return etag(resource, record);
    switch (resource) {
      case "Contact":
        return computeContactField(record as FirmContact, field);
      case "Matter":
        return computeMatterField(record as FirmMatter, field);
      case "Activity":
        return computeActivityField(record as FirmActivity, field);
      case "Document":
      case "Folder":
        return computeFileField(record as FirmDocument, field);
      case "Relationship":
        return computeRelationshipField(record as FirmRelationship, field);
      case "Communication":
        return ofCommunications.communication(record as FirmCommunication, field);
      case "NotificationEventSubscriber":
        return ofCommunications.subscriber(record as NotificationEventSubscriber, field);
      case "Task":
        return ofCommunications.task(record as FirmTask, field);
      case "Calendar":
        return ofCalendars.calendar(record as FirmCalendar, field);
      case "CalendarEntry":
        return ofCalendars.entry(record as ListedEntry, field);
      case "Webhook":
        return field === "user" ? (users.get((record as Webhook).user_id) ?? null) : undefined;
      case "ClioCreator":
        return field === "type" ? "ManageUser" : computeUserField(record as FirmUser, field);
      case "User":
        return computeUserField(record as FirmUser, field);
    }
  }

  return (resource, record, field) => {
    const computed = compute(resource, record, field);
    return computed === undefined ? ((record as Record<string, unknown>)[field] ?? null) : computed;
  };
}

/** Documents in the sandbox have a single version. */
function onlyVersion({ id, filename, size, content_type, created_at, updated_at }: FirmDocument): object {
  return {
    id: id * 10,
    document_id: id,
    filename,
    size,
    content_type,
    version_number: 1,
    fully_uploaded: true,
    created_at,
    updated_at,
  };
}

/** Depends on the whole record, because `updated_at` misses a second change within the same second. */
export function etag(resource: string, record: object): string {
  const version = `${resource}/${JSON.stringify(record)}`;
  return `"${createHash("sha1").update(version).digest("hex")}"`;
}
