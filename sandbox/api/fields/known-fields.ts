/** A resource of Clio Manage, by the name of its schema in Clio's API description. */
export type Resource = keyof typeof RESOURCES;

/** The fields of one resource. */
export interface KnownFields {
  /** Plain values. When the resource is nested in another one, only these can be requested. */
  readonly own: ReadonlySet<string>;
  /** Nested resources: one, or a list (`["Address"]`). */
  readonly nested?: Readonly<Record<string, string | readonly [string]>>;
}

/**
 * The fields of each resource: exactly the properties in Clio's published API description (`Contact`, `Contact_base`
 * and so on). Any other name in `fields` gets 400.
 */
const RESOURCES = {
  Contact: {
    own: words(`
      id etag name first_name middle_name last_name date_of_birth type created_at updated_at prefix title
      initials clio_connect_email locked_clio_connect_email client_connect_user_id primary_email_address
      secondary_email_address primary_phone_number secondary_phone_number ledes_client_id
      has_clio_for_clients_permission is_client is_clio_for_client_user is_co_counsel is_bill_recipient
      sales_tax_number currency
    `),
    nested: {
      currency: "Currency",
      activity_rates: ["ActivityRate"],
      addresses: ["Address"],
      custom_field_values: ["CustomFieldValue"],
      custom_field_set_associations: ["CustomFieldSetAssociation"],
      email_addresses: ["EmailAddress"],
      instant_messengers: ["InstantMessenger"],
      phone_numbers: ["PhoneNumber"],
      web_sites: ["WebSite"],
      notification_methods: ["NotificationMethod"],
      account_balances: ["AccountBalance"],
      related_contacts: ["Contact"],
      primary_work_address: "Address",
      primary_address: "Address",
      secondary_address: "Address",
      company: "Contact",
      avatar: "Avatar",
      payment_profile: "PaymentProfile",
      folder: "Folder",
      co_counsel_rate: "ActivityRate",
      primary_web_site: "WebSite",
      legal_aid_uk_contact: "LegalAidUkContact",
    },
  },
  Matter: {
    own: words(`
      id etag number display_number custom_number currency description status location client_reference
      client_id billable maildrop_address billing_method open_date close_date pending_date created_at
      updated_at shared has_tasks last_activity_date matter_stage_updated_at
    `),
    nested: {
      currency: "Currency",
      client: "Contact",
      contingency_fee: "ContingencyFee",
      custom_rate: "MatterCustomRate",
      evergreen_retainer: "EvergreenRetainer",
      folder: "Folder",
      group: "Group",
      matter_budget: "MatterBudget",
      matter_stage: "MatterStage",
      originating_attorney: "User",
      practice_area: "PracticeArea",
      responsible_attorney: "User",
      responsible_staff: "User",
      statute_of_limitations: "Task",
      user: "User",
      legal_aid_uk_matter: "LegalAidUkMatter",
      account_balances: ["AccountBalance"],
      custom_field_values: ["CustomFieldValue"],
      custom_field_set_associations: ["CustomFieldSetAssociation"],
      matter_bill_recipients: ["MatterBillRecipient"],
      relationships: ["Relationship"],
      task_template_list_instances: ["TaskTemplateListInstace"],
      split_invoice_payers: ["SplitInvoicePayer"],
    },
  },
  User: {
    own: words(`
      account_owner clio_connect court_rules_default_attendee created_at default_calendar_id email enabled
      etag first_name id initials last_name name phone_number rate roles subscription_type time_zone
      updated_at
    `),
    nested: {
      default_activity_description: "ActivityDescription",
      notification_methods: ["NotificationMethod"],
      account: "Account",
      avatar: "Avatar",
      contact: "Contact",
      job_title: "JobTitle",
      groups: ["Group"],
    },
  },
  Activity: {
    own: words(`
      id etag type date quantity_in_hours rounded_quantity_in_hours quantity rounded_quantity
      quantity_redacted price note flat_rate billed on_bill total contingency_fee created_at updated_at
      reference non_billable non_billable_total no_charge tax_setting currency
    `),
    nested: {
      activity_description: "ActivityDescription",
      expense_category: "ExpenseCategory",
      bill: "Bill",
      communication: "Communication",
      client_portal: "ClientPortal",
      matter: "Matter",
      matter_note: "Note",
      contact_note: "Note",
      subject: "PolymorphicObject",
      timer: "Timer",
      user: "User",
      utbms_expense: "UtbmsCode",
      vendor: "Contact",
      calendar_entry: "Activity_CalendarEntry",
      task: "Activity_Task",
      text_message_conversation: "Activity_TextMessageConversation",
      document_version: "DocumentVersion_base",
      legal_aid_uk_activity: "LegalAidUkActivity",
      currency: "Currency",
    },
  },
  Document: {
    own: words(`
      id etag created_at updated_at deleted_at type locked name received_at filename size content_type
    `),
    nested: {
      parent: "LinkedFolder",
      matter: "Matter",
      contact: "Contact",
      document_category: "DocumentCategory",
      creator: "ClioCreator",
      latest_document_version: "DocumentVersion",
      group: "Group",
      external_properties: ["ExternalProperty"],
    },
  },
  Folder: {
    own: words("id etag created_at updated_at deleted_at type locked name root"),
    nested: {
      parent: "LinkedFolder",
      matter: "Matter",
      contact: "Contact",
      document_category: "DocumentCategory",
      creator: "ClioCreator",
      latest_document_version: "DocumentVersion_base",
      group: "Group",
      external_properties: ["ExternalProperty"],
    },
  },
  CustomAction: { own: words("id etag created_at updated_at label target_url ui_reference") },
  Webhook: {
    own: words("id etag url fields shared_secret model status events expires_at created_at updated_at"),
    nested: { user: "User" },
  },
  Communication: {
    own: words("id etag subject body type date time_entries_count created_at updated_at received_at"),
    nested: {
      user: "User",
      matter: "Matter",
      communication_eml_file: "CommunicationEmlFile",
      senders: ["Participant"],
      receivers: ["Participant"],
      external_properties: ["ExternalProperty"],
      time_entries: ["Activity"],
      documents: ["Document"],
      notification_event_subscribers: ["NotificationEventSubscriber"],
    },
  },
  Task: {
    own: words(`
      id etag name status description description_text_type priority due_at permission completed_at
      notify_completion statute_of_limitations time_estimated created_at updated_at time_entries_count
    `),
    nested: {
      time_entries: ["Activity"],
      task_type: "TaskType",
      assigner: "User",
      matter: "Matter",
      assignee: "Participant",
      reminders: ["Reminder"],
    },
  },
  Relationship: {
    own: words("id etag description created_at updated_at"),
    nested: { matter: "Matter", contact: "Contact" },
  },
  Calendar: {
    own: words(`
      id etag color light_color court_rules_default_calendar name permission type visible created_at
      updated_at source
    `),
    nested: { creator: "User" },
  },
  CalendarEntry: {
    own: words(`
      id etag summary description location start_at end_at all_day recurrence_rule
      parent_calendar_entry_id court_rule created_at updated_at permission calendar_owner_id
      start_at_time_zone time_entries_count
    `),
    nested: {
      time_entries: ["Activity"],
      conference_meeting: "ConferenceMeeting",
      matter: "Matter",
      matter_docket: "MatterDocket",
      calendar_owner: "Calendar",
      parent_calendar_entry: "CalendarEntry",
      calendar_entry_event_type: "CalendarEntryEventType",
      attendees: ["Attendee"],
      calendars: ["Calendar"],
      reminders: ["Reminder"],
      external_properties: ["ExternalProperty"],
    },
  },
  CalendarEntryEventType: { own: words("id etag created_at updated_at color name") },
  AccountBalance: { own: words("id balance type name currency_id") },
  Account: { own: words("id etag name state created_at updated_at") },
  Activity_CalendarEntry: { own: words("id etag calendar_owner_id") },
  Activity_Task: { own: words("id etag") },
  Activity_TextMessageConversation: { own: words("id etag") },
  ActivityDescription: {
    own: words(`
      id etag name visible_to_co_counsel created_at updated_at default type utbms_activity_id
      utbms_task_name utbms_task_id xero_service_code accessible_to_user category_type currency
    `),
  },
  ActivityRate: {
    own: words("id etag rate flat_rate created_at updated_at contact_id co_counsel_contact_id"),
  },
  Address: {
    own: words("id etag street city province postal_code country name created_at updated_at primary"),
  },
  Attendee: { own: words("id etag type name enabled email created_at updated_at") },
  Avatar: { own: words("id etag created_at updated_at url _destroy") },
  Bill: {
    own: words(`
      id etag number issued_at created_at due_at tax_rate secondary_tax_rate updated_at subject
      purchase_order type memo start_at end_at balance state kind total paid paid_at pending due
      discount_services_only can_update credits_issued shared last_sent_at services_secondary_tax
      services_sub_total services_tax services_taxable_sub_total services_secondary_taxable_sub_total
      taxable_sub_total secondary_taxable_sub_total sub_total tax_sum secondary_tax_sum total_tax
      available_state_transitions
    `),
  },
  ClientPortal: { own: words("id etag created_at updated_at unread_count unread_notifiable_count") },
  ClioCreator: {
    own: words(`
      account_owner clio_connect court_rules_default_attendee default_calendar_id email enabled etag id
      type initials first_name last_name name phone_number rate subscription_type time_zone roles
      created_at updated_at
    `),
  },
  CommunicationEmlFile: { own: words("id") },
  ConferenceMeeting: {
    own: words("conference_id conference_password created_at etag id join_url type source_id updated_at"),
  },
  ContingencyFee: { own: words("id etag created_at updated_at show_contingency_award") },
  Currency: { own: words("id etag code sign created_at updated_at") },
  CustomFieldSetAssociation: { own: words("id etag display_order created_at updated_at") },
  CustomFieldValue: {
    own: words(`
      id etag field_name created_at updated_at field_type field_required field_displayed
      field_display_order value soft_deleted custom_field picklist_option matter contact
    `),
  },
  DocumentCategory: { own: words("id etag name created_at updated_at") },
  DocumentVersion: {
    own: words(`
      id document_id etag uuid created_at updated_at filename size version_number content_type
      received_at put_url fully_uploaded creator put_headers multiparts
    `),
  },
  DocumentVersion_base: {
    own: words(`
      id document_id etag uuid created_at updated_at filename size version_number content_type
      received_at put_url fully_uploaded
    `),
  },
  EmailAddress: { own: words("id etag address name primary created_at updated_at") },
  EvergreenRetainer: { own: words("id created_at updated_at etag minimum_threshold") },
  ExpenseCategory: {
    own: words(`
      id etag name rate entry_type created_at updated_at xero_expense_code accessible_to_user
      tax_setting currency
    `),
  },
  ExternalProperty: { own: words("id etag name value created_at updated_at") },
  Group: { own: words("client_connect_user etag id name type updated_at") },
  InstantMessenger: { own: words("id etag address name created_at updated_at") },
  JobTitle: { own: words("id etag name initials") },
  LegalAidUkActivity: {
    own: words(`
      activity_sub_category advocacy base_rate bolt_ons bolt_ons_summary court eligible_for_sqm expert
      form_of_civil_legal_service id is_custom_rate json_key region tax_exclusive uplift user_type
    `),
  },
  LegalAidUkContact: {
    own: words(`
      id disability disability_code ethnicity ethnicity_title financially_eligible gender gender_title
      national_insurance_number
    `),
  },
  LegalAidUkMatter: {
    own: words(`
      access_point laa_office_number ait_hearing_centre
      attended_several_hearings_acting_for_multiple_clients bill_ho_ucn bill_number_of_attendances
      bill_outcome_for_the_client_code bill_stage_reached_code case_reference case_start_date category
      category_as_string certificate_effective_date certificate_expiration_date certificate_number
      certificate_scope certification_type change_of_solicitor client_equal_opportunity_monitoring
      client_type clr_start_date clr_total_profit_costs cost_limit counsel court court_id court_id_code
      created_at delivery_location dscc_number duty_solicitor etag exceptional_case_funding_reference
      expense_limit fee_scheme first_conducting_solicitor id irc_surgery legacy_case
      legal_representation_number lh_total_disbursements lh_start_date lh_total_profit_costs
      linked_matter_id local_authority_number maat_id matter_type matter_type_code matter_type_1
      matter_type_1_code matter_type_1_title matter_type_2 matter_type_2_code matter_type_2_title
      matter_types_combined number_of_clients_seen_at_surgery number_of_clients party police_station
      post_transfer_clients_represented postal_application_accepted prior_authority_reference prison_id
      prison_law_prior_approval_number procurement_area region related_claims_number
      representation_order_date schedule_reference_number scheme_id session_type solicitor_type
      standard_fee_category surgery_clients_resulting_in_a_legal_help_matter_opened surgery_clients
      surgery_date transfer_date type_of_advice type_of_service ucn ufn undesignated_area_court updated_at
      user_type youth_court
    `),
  },
  LinkedFolder: { own: words("id etag created_at updated_at deleted_at type locked name root") },
  MatterBillRecipient: { own: words("created_at etag id updated_at recipient") },
  MatterBudget: {
    own: words(`
      id etag budget include_expenses notification_threshold notify_users created_at updated_at
    `),
  },
  MatterCustomRate: { own: words("type on_invoice rates") },
  MatterDocket: {
    own: words("id etag name start_date start_time status created_at updated_at deleted_at"),
  },
  MatterStage: { own: words("id etag practice_area_id name order created_at updated_at") },
  Note: {
    own: words("id etag type subject detail detail_text_type date created_at updated_at time_entries_count"),
  },
  NotificationEventSubscriber: { own: words("id etag user_id name created_at updated_at") },
  NotificationMethod: {
    own: words("id etag type email_address is_default_email_address created_at updated_at"),
  },
  Participant: {
    own: words(`
      id etag created_at updated_at type identifier secondary_identifier enabled name initials
      job_title_name avatar
    `),
  },
  PaymentProfile: {
    own: words(`
      id etag created_at updated_at billing_setting_id name terms discount_rate discount_period
      interest_rate interest_period interest_type
    `),
  },
  PhoneNumber: { own: words("id etag number name primary created_at updated_at") },
  PolymorphicObject: { own: words("id type identifier secondary_identifier tertiary_identifier") },
  PracticeArea: { own: words("id etag created_at updated_at name category code") },
  Reminder: { own: words("id etag duration next_delivery_at state created_at updated_at") },
  SplitInvoicePayer: {
    own: words(`
      id contact_id matter_id send_to_bill_recipients split_portion etag created_at updated_at
    `),
  },
  TaskTemplateListInstace: { own: words("id etag created_at updated_at") },
  TaskType: { own: words("id etag name deleted_at created_at updated_at") },
  Timer: { own: words("id etag start_time elapsed_time created_at updated_at") },
  UtbmsCode: { own: words("id etag name code description type utbms_set_id created_at updated_at") },
  WebSite: { own: words("id etag address name default_web_site created_at updated_at") },
} satisfies Record<string, KnownFields>;

export function knownFields(resource: Resource): KnownFields {
  return RESOURCES[resource];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
