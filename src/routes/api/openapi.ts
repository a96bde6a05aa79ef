import type { RequestHandler } from "express";
import type { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject } from "zod-openapi";
import type { Services } from "../../container.ts";
import { AfterCallAnswer, AfterCallReport } from "./after-call.ts";
import { LookupContactAnswer, LookupContactQuery } from "./lookup-contact.ts";
import { Problem } from "./problem-schema.ts";
import { ResponsibleStaffAnswer, ResponsibleStaffQuery } from "./responsible-staff.ts";
import { RouteCallAnswer, RouteCallQuery } from "./route-call.ts";

/** Groups of operations, for the tools that show or import the description. */
const TAGS = {
  "During a call": "Who is calling, and who takes the call.",
  "After a call": "What was said, for the record in Clio.",
} as const;

type Tag = keyof typeof TAGS;

interface Action {
  operationId: string;
  tags: Tag[];
  summary: string;
  /** Tells a voice agent when to run the action. */
  description: string;
  query: z.ZodObject;
  answer: z.ZodType;
}

const FOLLOW_MESSAGE =
  "Follow the `message` field in the response. Don't share anything else in it with the caller.";

/** The actions that a voice platform can import as tools. */
const ACTIONS: Readonly<Record<string, Action>> = {
  "/route-call": {
    operationId: "routeCall",
    tags: ["During a call"],
    summary: "Find who takes this call",
    description: `Identifies the caller, and the person to transfer to if they ask for their attorney or case manager. Run it silently when a call starts, with the caller ID. Run it again with name or matter if the message asks for one. ${FOLLOW_MESSAGE}`,
    query: RouteCallQuery,
    answer: RouteCallAnswer,
  },
  "/lookup-contact": {
    operationId: "lookupContact",
    tags: ["During a call"],
    summary: "Find the caller in Clio",
    description: `Finds the contact who is calling. Run it silently when a call starts, with the caller ID. Not needed if you use route-call. ${FOLLOW_MESSAGE}`,
    query: LookupContactQuery,
    answer: LookupContactAnswer,
  },
  "/responsible-staff": {
    operationId: "responsibleStaff",
    tags: ["During a call"],
    summary: "Find a contact's responsible staff",
    description: `Finds the person to transfer to if the caller asks for their attorney or case manager. Run it silently once lookup-contact has found the caller. Not needed if you use route-call. ${FOLLOW_MESSAGE}`,
    query: ResponsibleStaffQuery,
    answer: ResponsibleStaffAnswer,
  },
};

const PROBLEM_DESCRIPTIONS = {
  400: "A parameter is missing or invalid. The detail names it.",
  401: "The API key is missing, unknown or revoked.",
  409: "The API key doesn't identify a firm.",
  429: "Too many invalid API keys from this address.",
  500: "The service failed.",
  502: "Clio can't be reached, or its response is unusable.",
  503: "Clio isn't connected, a permission is missing, or Clio's request limit is reached.",
  504: "Clio didn't respond in time.",
} as const;

/** `GET /openapi.json`: this API in OpenAPI 3.1, generated from the schemas that the routes use. */
export function openApi({ settings }: Services): RequestHandler {
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Clio Call Router",
      version: "1",
      description:
        "For the AI receptionists of law firms: identifies callers in the firm's Clio Manage, and finds who takes their calls.",
      contact: { name: "The operator of this service", url: settings.publicUrl },
      license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    servers: [{ url: settings.publicUrl }],
    security: [{ key: [] }],
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "The firm's API key, created at /setup." },
      },
    },
    paths: {
      ...Object.fromEntries(
        Object.entries(ACTIONS).map(([path, action]) => [path, { get: operation(action) }]),
      ),
      "/after-call": { post: AFTER_CALL },
    },
  });
  return (_, response) => {
    response.json(document);
  };
}

const AFTER_CALL: ZodOpenApiOperationObject = {
  operationId: "afterCall",
  tags: ["After a call"] satisfies Tag[],
  summary: "Report a call that has ended",
  description:
    "For the platform, not for the receptionist: stores the summary of a call that has ended, and writes a phone log into Clio in the background. The parameters may also be sent as a query. The `message` field in the response needs no action.",
  requestBody: {
    required: true,
    content: {
      "application/json": { schema: AfterCallReport },
      "application/x-www-form-urlencoded": { schema: AfterCallReport },
    },
  },
  responses: {
    202: {
      description: "The report is stored.",
      content: { "application/json": { schema: AfterCallAnswer } },
    },
    ...problemResponses({
      400: PROBLEM_DESCRIPTIONS[400],
      401: PROBLEM_DESCRIPTIONS[401],
      409: PROBLEM_DESCRIPTIONS[409],
      413: "The report has more than 2 MB. Nothing of it is stored.",
      429: PROBLEM_DESCRIPTIONS[429],
      500: PROBLEM_DESCRIPTIONS[500],
      503: "No firm is connected, or too many of the firm's calls are still waiting.",
    }),
  },
};

function operation({ query, answer, ...description }: Action): ZodOpenApiOperationObject {
  return {
    ...description,
    requestParams: { query },
    responses: {
      200: {
        description: "The answer, whether or not anyone was found.",
        content: { "application/json": { schema: answer } },
      },
      ...problemResponses(PROBLEM_DESCRIPTIONS),
    },
  };
}

function problemResponses(descriptions: Readonly<Record<number, string>>) {
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      { description, content: { "application/problem+json": { schema: Problem } } },
    ]),
  );
}
