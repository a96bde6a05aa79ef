import type {
  FirmCommunication,
  FirmTask,
  NotificationEventSubscriber,
  ParticipantReference,
} from "../../firms/firm-communications.ts";
import type { Viewer } from "../../firms/viewer.ts";
import { initials } from "./initials.ts";

/** Computed fields of communications, tasks and their participants, as one viewer may see them. */
export function communicationValues(viewer: Viewer) {
  const { users, matters } = viewer.records;

  /** Clio sends contacts as `Person` or `Company`. Undefined for a contact that is hidden or was removed. */
  function participant({ id, type }: ParticipantReference): object | undefined {
    if (type === "User") {
      const user = users.get(id);
      return user && { ...user, type: "User", identifier: user.email, initials: initials(user.name) };
    }
    const contact = viewer.contact(id);
    return (
      contact && {
        ...contact,
        identifier: contact.email_addresses[0]?.address ?? null,
        initials: initials(contact.name),
      }
    );
  }

  return {
    communication(communication: FirmCommunication, field: string): unknown {
      switch (field) {
        case "user":
          return users.get(communication.user_id) ?? null;
        case "matter":
          return matters.get(communication.matter_id) ?? null;
        case "senders":
          return communication.senders.flatMap((each) => participant(each) ?? []);
        case "receivers":
          return communication.receivers.flatMap((each) => participant(each) ?? []);
        case "time_entries_count":
          return 0;
      }
    },

    subscriber({ user_id }: NotificationEventSubscriber, field: string): unknown {
      if (field === "name") return users.get(user_id)?.name ?? null;
    },

    task(task: FirmTask, field: string): unknown {
      switch (field) {
        case "assigner":
          return users.get(task.assigner_id) ?? null;
        case "assignee":
          return participant(task.assignee) ?? null;
        case "matter":
          return matters.get(task.matter_id) ?? null;
        case "time_entries_count":
          return 0;
      }
    },
  };
}
