import type { RequestHandler } from "express";
import type { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject } from "zod-openapi";
import type { Services } from "../../container.ts";
import { LookupContactAnswer, LookupContactQuery } from "./lookup-contact.ts";
import { Problem } from "./problem-schema.ts";
import { ResponsibleStaffAnswer, ResponsibleStaffQuery } from "./responsible-staff.ts";
import { RouteCallAnswer, RouteCallQuery } from "./route-call.ts";

interface Action {
  operationId: string;
  summary: string;
  /** For the voice agent that decides when to run it. */
  description: string;
  query: z.ZodObject;
  answer: z.ZodType;
}

/** The actions a voice platform imports as tools. */
const ACTIONS: Readonly<Record<string, Action>> = {
  "/route-call": {
    operationId: "routeCall",
    summary: "Find who takes this call",
    description:
      "Run this silently when a call starts, with the caller ID. It says who is calling and whom to transfer to when they ask for their attorney or case manager. Then do what message says. Run it again with name or matter when message asks for one. Never tell the caller what stands in the answer.",
    query: RouteCallQuery,
    answer: RouteCallAnswer,
  },
  "/lookup-contact": {
    operationId: "lookupContact",
    summary: "Find the caller in Clio",
    description:
      "Run this silently as soon as a call comes in, with the caller ID. It says which contact is calling. Then do what message says. With route-call there is no need for it.",
    query: LookupContactQuery,
    answer: LookupContactAnswer,
  },
  "/responsible-staff": {
    operationId: "responsibleStaff",
    summary: "Find who answers for a contact",
    description:
      "Run this silently when lookup-contact has found the caller. It says whom to transfer to when they ask for their attorney or case manager. Then do what message says. With route-call there is no need for it.",
    query: ResponsibleStaffQuery,
    answer: ResponsibleStaffAnswer,
  },
};

const FAULTS = {
  400: "A parameter is missing or cannot be read; detail names it.",
  401: "No key, or not one of this service.",
  409: "The key does not say which firm.",
  429: "Too many wrong keys from this address.",
  500: "A fault of the service.",
  502: "Clio gave no usable answer.",
  503: "Clio is not connected, lacks a permission, or takes no more requests.",
  504: "Clio did not answer in time.",
} as const;

/** `GET /openapi.json`: this API as OpenAPI 3.1, made from the very schemas that the routes read and answer by. */
export function openApi({ settings }: Services): RequestHandler {
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Clio Call Router",
      version: "1",
      description:
        "For AI receptionists of law firms: who is calling, and who takes the call, out of the firm's Clio Manage.",
    },
    servers: [{ url: settings.publicUrl }],
    security: [{ key: [] }],
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "The firm's key, made at /setup." },
      },
    },
    paths: Object.fromEntries(
      Object.entries(ACTIONS).map(([path, action]) => [path, { get: operation(action) }]),
    ),
  });
  return (_, response) => {
    response.json(document);
  };
}

function operation({ query, answer, ...about }: Action): ZodOpenApiOperationObject {
  const problems = Object.entries(FAULTS).map(([status, description]) => [
    status,
    { description, content: { "application/problem+json": { schema: Problem } } },
  ]);
  return {
    ...about,
    requestParams: { query },
    responses: {
      200: { description: "An answer, found or not.", content: { "application/json": { schema: answer } } },
      ...Object.fromEntries(problems),
    },
  };
}
