/** The names in an entry of the history. */
export interface AuditNames {
  /** The user who did it, or "The operator". */
  readonly actor: string;
  /** The affected user. */
  readonly subject: string;
  /** Another name, such as the name of a key. */
  readonly detail: string;
}

/** Every kind of entry in a firm's history, with its text. To add a kind, add a line here. */
export const AUDIT_KINDS = {
  connected: ({ actor }) => `${actor} connected`,
  signed_in: ({ actor }) => `${actor} signed in`,
  signed_out_everywhere: ({ actor }) => `${actor} signed out everywhere`,
  disconnected: ({ actor }) => `${actor} disconnected`,
  user_removed: ({ actor, subject }) => `${actor} disconnected ${subject}`,
  access_revoked: ({ subject }) => `${subject} lost access: it was revoked in Clio`,
  key_created: ({ actor, detail }) => `${actor} created the key “${detail}”`,
  key_revoked: ({ actor, detail }) => `${actor} revoked the key “${detail}”`,
  transfer_rules_added: ({ actor }) => `${actor} added the transfer rules in Upfirst`,
  lookup_account_changed: ({ actor, subject }) => `${actor} made ${subject} the lookup account`,
  administrator_added: ({ actor, subject }) => `${actor} made ${subject} an administrator`,
  administrator_appointed: ({ actor }) => `${actor} became an administrator by connecting the firm`,
  administrator_removed: ({ actor, subject }) => `${actor} removed ${subject} as an administrator`,
  full_sync_requested: ({ actor }) => `${actor} started a full sync`,
  absence_added: ({ actor, detail }) => `${actor} entered an absence: ${detail}`,
  absence_changed: ({ actor, detail }) => `${actor} changed an absence: ${detail}`,
  absence_ended: ({ actor, detail }) => `${actor} ended an absence: ${detail}`,
  absence_removed: ({ actor, detail }) => `${actor} removed an absence: ${detail}`,
  absence_calendar_chosen: ({ actor, detail }) =>
    `${actor} chose which entries in Clio's calendar count as absences: ${detail}`,
  absence_calendar_removed: ({ actor }) => `${actor} stopped counting Clio's calendar as absences`,
  time_zone_changed: ({ actor, detail }) => `${actor} set the firm's time zone to ${detail}`,
  call_logged: ({ actor, detail }) => `${actor} chose the contact of the call of ${detail}`,
  call_dismissed: ({ actor, detail }) => `${actor} dismissed the call of ${detail}`,
  call_retried: ({ actor, detail }) => `${actor} tried the phone log of the call of ${detail} again`,
  contact_number_added: ({ actor, detail }) =>
    `${actor} added the number of the call of ${detail} to a contact`,
  contact_created: ({ actor, detail }) => `${actor} created a contact for the call of ${detail}`,
} satisfies Record<string, (names: AuditNames) => string>;

export type AuditKind = keyof typeof AUDIT_KINDS;
