import type { FormField } from "./form-field.ts";

/** A custom action, in the order of Upfirst's form. */
export interface UpfirstAction {
  readonly title: string;
  /** What the action does, and when it is needed. */
  readonly description: string;
  readonly fields: readonly FormField[];
}

/** The custom actions to add in Upfirst. docs/guides/set-up-upfirst.md has the same values. */
export interface UpfirstActions {
  /** One action for every call, and an optional one that lets the receptionist ask the caller. */
  readonly recommended: readonly UpfirstAction[];
  /** The two actions of Upfirst's own guide for Clio. */
  readonly twoActions: readonly UpfirstAction[];
}

/** @param publicUrl the service's address, without a slash at the end */
export function upfirstActions(publicUrl: string): UpfirstActions {
  const callerId = [
    text("Variable: name", "caller_id"),
    choice("Variable: required", "Yes"),
    text("Variable: description", "The caller ID, with country code."),
    text("Variable: example", "+14155550171", CLIENT_NUMBER_FOR_TEST),
  ];
  return {
    recommended: [
      {
        title: "Route the call",
        description:
          "Runs once, when a call starts, and finds both the caller and the person who takes the call.",
        fields: [
          choice("When", "When call starts"),
          text("Action name", "Route the call"),
          text(
            "Instructions",
            "Follow the `message` field in the response. Don't share anything else in it with the caller.",
          ),
          ...callerId,
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/route-call?caller_id={{caller_id}}`),
          choice("Authentication", "Bearer token: your firm's key"),
          choice("Response fields", "Deselect all, then select transfer_to, ambiguous and message"),
        ],
      },
      {
        title: "Let the receptionist ask (optional)",
        description:
          "For callers who share a number or have several matters. The receptionist asks for a name or a matter and runs the action again with the answer.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Route the call with an answer"),
          text(
            "Instructions",
            "Run this with the caller's answer when the `message` from Route the call says to run the action again. Then follow the `message` field in the new response.",
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
          choice("Response fields", "Deselect all, then select transfer_to, ambiguous and message"),
        ],
      },
    ],
    twoActions: [
      {
        title: "Action 1: find the contact",
        description: "Finds the caller's contact in Clio.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Find contact by phone"),
          text(
            "Instructions",
            "Run this silently as soon as the call begins, with the number the caller is calling from. Then follow the `message` field in the response.",
          ),
          text("Variable: name", "phone"),
          choice("Variable: required", "Yes"),
          text("Variable: description", "The whole caller ID, with country code."),
          text("Variable: example", "+14155550171", CLIENT_NUMBER_FOR_TEST),
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/lookup-contact?phone={{phone}}`),
          choice("Authentication", "Bearer token: your firm's key"),
          choice("Response fields", "Deselect all, then select data.id and message"),
        ],
      },
      {
        title: "Action 2: find the responsible staff",
        description: "Finds the person who takes the contact's calls.",
        fields: [
          choice("When", "During call"),
          text("Action name", "Find responsible staff"),
          text(
            "Instructions",
            "Run this silently when a contact was found in Clio, to find out who takes the call. Then follow the `message` field in the response.",
          ),
          text("Variable: name", "clio_contact_id"),
          choice("Variable: required", "Yes"),
          text("Variable: description", "The data.id that Find contact by phone returned."),
          text("Variable: example", "2512428500", "for the test, use the data.id from action 1"),
          choice("Method", "GET"),
          text("Endpoint", `${publicUrl}/responsible-staff?clio_contact_id={{clio_contact_id}}`),
          choice("Authentication", "Bearer token: the same key"),
          choice("Response fields", "Deselect all, then select transfer_to, ambiguous and message"),
        ],
      },
    ],
  };
}

const CLIENT_NUMBER_FOR_TEST = "for the test, use the number of a real client";

/** @param note shown after the value, but not copied */
function text(label: string, value: string, note?: string): FormField {
  return { label, displayText: note ? `${value} (${note})` : value, copyText: value };
}

function choice(label: string, value: string): FormField {
  return { label, displayText: value, copyText: null };
}
