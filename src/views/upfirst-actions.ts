import type { FormField, FormOption } from "./form-field.ts";

/** A custom action, in the order of Upfirst's form. */
export interface UpfirstAction {
  readonly title: string;
  /** What the action does, and when it is needed. */
  readonly description: string;
  readonly fields: readonly FormField[];
}

/** The custom actions to add in Upfirst. docs/guides/set-up-upfirst.md has the same values. */
export interface UpfirstActions {
  /** The one action that every firm needs. */
  readonly main: UpfirstAction;
  /** Lets the receptionist ask the caller for a name or a matter. */
  readonly asking: UpfirstAction;
  /** Reports each call when it has ended. */
  readonly afterCall: UpfirstAction;
  /** The two actions of Upfirst's own guide for Clio. */
  readonly twoActions: readonly UpfirstAction[];
}

/** Where the form for custom actions is in Upfirst. */
export const CUSTOM_ACTIONS_PLACE = "Agent › Custom Actions › Add action";

/** @param publicUrl the service's address, without a slash at the end */
export function upfirstActions(publicUrl: string): UpfirstActions {
  const callerId: Variable = {
    name: "caller_id",
    isRequired: true,
    description: "The caller ID, with country code.",
    example: "+14155550171",
    exampleHint: CLIENT_NUMBER_FOR_TEST,
  };
  return {
    main: {
      title: "Route the call",
      description:
        "Runs once, when a call starts, and finds both the caller and the person who takes the call.",
      fields: [
        when("When call starts"),
        text("Action name", "Route the call"),
        text(
          "Instructions",
          "Follow the `message` field in the response. Don't share anything else in it with the caller.",
        ),
        ...variable("Variable", callerId),
        ...request(`${publicUrl}/route-call?caller_id={{caller_id}}`),
        responseFields("transfer_to", "ambiguous", "message"),
      ],
    },
    asking: {
      title: "Let the receptionist ask (optional)",
      description:
        "For callers who share a number or have several matters. The receptionist asks for a name or a matter and runs the action again with the answer.",
      fields: [
        when("During call"),
        text("Action name", "Route the call with an answer"),
        text(
          "Instructions",
          "Run this with the caller's answer when the `message` from Route the call says to run the action again. Then follow the `message` field in the new response.",
        ),
        ...variable("Variable", callerId),
        ...variable("Second variable", {
          name: "name",
          isRequired: false,
          description: "The caller's full name, if a message asked for it.",
          example: "Jane Doe",
        }),
        ...variable("Third variable", {
          name: "matter",
          isRequired: false,
          description: "Which matter the call is about, if a message asked for it.",
          example: "the lease renewal",
        }),
        ...request(`${publicUrl}/route-call?caller_id={{caller_id}}&name={{name}}&matter={{matter}}`),
        responseFields("transfer_to", "ambiguous", "message"),
      ],
    },
    afterCall: {
      title: "Log the call in Clio (optional)",
      description:
        "Runs at the end of every call. The summary and the message are then in Clio, on the caller's matter, and on the page Calls.",
      fields: [
        when("After call"),
        text("Action name", "Log the call"),
        choice("Method", "POST"),
        text("Endpoint", `${publicUrl}/after-call`),
        ...BEARER_FIELDS,
        ...parameter("caller_id", "The number the caller called from. Required."),
        ...parameter("summary", "The summary of the call."),
        ...parameter("message", "What the caller wants passed on."),
        ...parameter("transcript", "The whole conversation."),
      ],
    },
    twoActions: [
      {
        title: "Action 1: find the contact",
        description: "Finds the caller's contact in Clio.",
        fields: [
          when("During call"),
          text("Action name", "Find contact by phone"),
          text(
            "Instructions",
            "Run this silently as soon as the call begins, with the number the caller is calling from. Then follow the `message` field in the response.",
          ),
          ...variable("Variable", {
            name: "phone",
            isRequired: true,
            description: "The whole caller ID, with country code.",
            example: "+14155550171",
            exampleHint: CLIENT_NUMBER_FOR_TEST,
          }),
          ...request(`${publicUrl}/lookup-contact?phone={{phone}}`),
          responseFields("data.id", "message"),
        ],
      },
      {
        title: "Action 2: find the responsible staff",
        description: "Finds the person who takes the contact's calls.",
        fields: [
          when("During call"),
          text("Action name", "Find responsible staff"),
          text(
            "Instructions",
            "Run this silently when a contact was found in Clio, to find out who takes the call. Then follow the `message` field in the response.",
          ),
          ...variable("Variable", {
            name: "clio_contact_id",
            isRequired: true,
            description: "The data.id that Find contact by phone returned.",
            example: "2512428500",
            exampleHint: "For the test, use the data.id from action 1.",
          }),
          ...request(`${publicUrl}/responsible-staff?clio_contact_id={{clio_contact_id}}`),
          responseFields("transfer_to", "ambiguous", "message"),
        ],
      },
    ],
  };
}

const CLIENT_NUMBER_FOR_TEST = "For the test, use the number of a real client.";

const MOMENTS = ["When call starts", "During call", "After call"] as const;

interface Variable {
  readonly name: string;
  readonly isRequired: boolean;
  readonly description: string;
  readonly example: string;
  readonly exampleHint?: string;
}

function when(moment: (typeof MOMENTS)[number]): FormField {
  return choice("When", moment, oneOf(MOMENTS, moment));
}

function variable(
  group: string,
  { name, isRequired, description, example, exampleHint }: Variable,
): FormField[] {
  const required = isRequired ? "Yes" : "No";
  return [
    text("Name", name),
    choice("Required", required, oneOf(["Yes", "No"], required)),
    text("Description", description),
    { ...text("Example", example), ...(exampleHint && { hint: exampleHint }) },
  ].map((field) => ({ ...field, group }));
}

const BEARER_FIELDS: readonly FormField[] = [
  choice("Authentication", "Bearer token"),
  { label: "Bearer token", displayText: "Your firm's key", copyText: null, isApiKey: true },
];

function request(endpoint: string): FormField[] {
  return [choice("Method", "GET"), text("Endpoint", endpoint), ...BEARER_FIELDS];
}

/** A parameter whose value is one of Upfirst's variables. How Upfirst names those isn't published. */
function parameter(name: string, value: string): FormField[] {
  return [text("Name", name), choice("Value", value)].map((field) => ({
    ...field,
    group: `Parameter ${name}`,
  }));
}

function responseFields(...selected: string[]): FormField {
  const field = choice("Response fields", `Deselect all, then select ${inWords(selected)}`, [
    ...selected.map((name) => ({ text: name, isSelected: true })),
    { text: "everything else", isSelected: false },
  ]);
  return { ...field, hint: "Upfirst shows the fields after the test." };
}

/** `a, b and c` */
function inWords(items: readonly string[]): string {
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function text(label: string, value: string): FormField {
  return { label, displayText: value, copyText: value };
}

function choice(label: string, value: string, options?: readonly FormOption[]): FormField {
  return { label, displayText: value, copyText: null, ...(options && { options }) };
}

function oneOf(texts: readonly string[], selected: string): FormOption[] {
  return texts.map((text) => ({ text, isSelected: text === selected }));
}
