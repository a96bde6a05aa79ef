/** A person, company or user that takes part in a communication or has a task. */
export interface ParticipantReference {
  id: number;
  type: "User" | "Contact";
}

/** A phone log or an email. */
export interface FirmCommunication {
  id: number;
  type: "PhoneCommunication" | "EmailCommunication";
  subject: string;
  body: string;
  date: string;
  received_at: string;
  /** The user who wrote it. */
  user_id: number;
  matter_id: number | null;
  senders: ParticipantReference[];
  receivers: ParticipantReference[];
  external_properties: ExternalProperty[];
  notification_event_subscribers: NotificationEventSubscriber[];
  created_at: string;
  updated_at: string;
}

/** A value that an app stores with a record. */
export interface ExternalProperty {
  id: number;
  name: string;
  value: string;
  created_at: string;
  updated_at: string;
}

/** A user whom Clio notifies of a phone log. */
export interface NotificationEventSubscriber {
  id: number;
  user_id: number;
  created_at: string;
  updated_at: string;
}

export interface FirmTask {
  id: number;
  name: string;
  description: string;
  description_text_type: "plain_text" | "rich_text";
  status: "pending" | "in_progress" | "in_review" | "complete";
  priority: "High" | "Normal" | "Low";
  /** A date. */
  due_at: string | null;
  permission: "public" | "private";
  notify_completion: boolean;
  statute_of_limitations: boolean;
  time_estimated: number | null;
  completed_at: string | null;
  matter_id: number | null;
  assignee: ParticipantReference;
  /** The user who created it. */
  assigner_id: number;
  /** Whether Clio was asked to notify the assignee. Not a field of Clio's. */
  notified_assignee: boolean;
  created_at: string;
  updated_at: string;
}
