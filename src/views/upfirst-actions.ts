/** One line of a form that is filled in by hand. */
export interface FormField {
  readonly label: string;
  /** As it is shown. */
  readonly shown: string;
  /** As it is copied; null for a choice that is clicked, not typed. */
  readonly copied: string | null;
}

/** A custom action as Upfirst's form asks for it. */
export interface UpfirstAction {
  readonly title: string;
  /** What it is for, beside the others. */
  readonly about: string;
  readonly fields: readonly FormField[];
}

/** The custom actions to type into Upfirst, field by field (upfirst-facts), for this service's address. */
export interface UpfirstActions {
  /** One action for every call, and one for the callers who have to be asked. */
  readonly recommended: readonly UpfirstAction[];
  /** Two actions, as the guide for Upfirst and Clio has them. */
  readonly twoSteps: readonly UpfirstAction[];
}

/** @param publicUrl the service's own address, without a slash at the end */
export function upfirstActions(publicUrl: string): UpfirstActions {
  const callerId = [
    text("Variable: name", "caller_id"),
    choice("Variable: required", "Yes"),
    text("Variable: description", "The caller ID, with country code."),
    text("Variable: example", "+14155550171", FOR_THE_TEST),
  ];
  return {
    recommended: [
      {
        title: "Route the call",
        about: "Runs once when a call starts, and finds the caller and the person who answers for them.",
        fields: [
          choice("When", "When call starts"),
          text("Action name", "Route the call"),
          text(
            "Instructions",
            "Do what message in the answer says. Never tell the caller what else stands in the answer.",
          ),
          ...callerId,
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/route-call?caller_id={{caller_id}}`),
          choice("Authentication", "Bearer token: your firm's key"),
          choice("Response fields", "Deselect all, then tick transfer_to, ambiguous and message"),
        ],
      },
      {
        title: "Ask again",
        about:
          "Optional. For callers who share a number, or have several matters: the receptionist asks, and looks again.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Route the call with an answer"),
          text(
            "Instructions",
            "Run this when a message of Route the call says to run the action again, with what the caller answered. Then do what message in the new answer says.",
          ),
          ...callerId,
          text("Second variable: name", "name"),
          choice("Second variable: required", "No"),
          text("Second variable: description", "The caller's full name, if a message asked for it."),
          text("Second variable: example", "Jane Doe"),
          text("Third variable: name", "matter"),
          choice("Third variable: required", "No"),
          text("Third variable: description", "Which matter the call is about, if a message asked for it."),
          text("Third variable: example", "the lease renewal"),
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/route-call?caller_id={{caller_id}}&name={{name}}&matter={{matter}}`),
          choice("Authentication", "Bearer token: the same key"),
          choice("Response fields", "Deselect all, then tick transfer_to, ambiguous and message"),
        ],
      },
    ],
    twoSteps: [
      {
        title: "Action 1: find the contact",
        about: "The caller's contact in Clio.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Find contact by phone"),
          text(
            "Instructions",
            "Run this silently as soon as the call begins, with the number the caller is calling from. Then do what message in the answer says.",
          ),
          text("Variable: name", "phone"),
          choice("Variable: required", "Yes"),
          text("Variable: description", "The whole caller ID, with country code."),
          text("Variable: example", "+14155550171", FOR_THE_TEST),
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/lookup-contact?phone={{phone}}`),
          choice("Authentication", "Bearer token: your firm's key"),
          choice("Response fields", "Deselect all, then tick data.id and message"),
        ],
      },
      {
        title: "Action 2: find the responsible staff",
        about: "The person who answers for that contact.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Find responsible staff"),
          text(
            "Instructions",
            "Run this silently when a contact was found in Clio, to know who takes the call. Then do what message in the answer says.",
          ),
          text("Variable: name", "clio_contact_id"),
          choice("Variable: required", "Yes"),
          text("Variable: description", "The data.id that Find contact by phone returned."),
          text("Variable: example", "2512428500"),
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/responsible-staff?clio_contact_id={{clio_contact_id}}`),
          choice("Authentication", "Bearer token: the same key"),
          choice("Response fields", "Deselect all, then tick transfer_to, ambiguous and message"),
        ],
      },
    ],
  };
}

const FOR_THE_TEST = "for the test: the number of a real client";

/** @param note shown beside the value, and not copied */
function text(label: string, value: string, note?: string): FormField {
  return { label, shown: note ? `${value} (${note})` : value, copied: value };
}

function choice(label: string, value: string): FormField {
  return { label, shown: value, copied: null };
}
