import { type Request, Router } from "express";
import { z } from "zod";
import { formatClioTime } from "../../firms/clio-time.ts";
import type { FirmChanges } from "../../firms/firm-changes.ts";
import type { FirmTask } from "../../firms/firm-communications.ts";
import type { Viewer } from "../../firms/viewer.ts";
import {
  type ApiResponse,
  checkFields,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";
import { jsonBody } from "../json-body.ts";
import type { Parameters } from "../parameters.ts";
import { checkMatter, checkParticipant, Participant } from "../participants.ts";
import { oneOf, Reference, readBody, Text, Time } from "../read-body.ts";

const PERMISSIONS = ["private", "public"] as const;
const STATUSES = ["pending", "in_progress", "in_review", "complete"] as const;

const NewTask = z.strictObject({
  name: Text,
  description: Text,
  description_text_type: oneOf(["plain_text", "rich_text"]).default("plain_text"),
  assignee: Participant,
  due_at: Time.optional(),
  priority: oneOf(["High", "Normal", "Low"]).default("Normal"),
  permission: oneOf(PERMISSIONS).default("public"),
  status: oneOf(STATUSES).default("pending"),
  matter: Reference.optional(),
  notify_assignee: z.boolean({ error: "must be true or false" }).default(false),
  notify_completion: z.boolean({ error: "must be true or false" }).default(false),
  statute_of_limitations: z.boolean({ error: "must be true or false" }).default(false),
  time_estimated: z.int({ error: "must be an integer" }).optional(),
});

/**
 * `GET` and `POST /tasks`, `GET /tasks/:id`. Tasks have no external properties, so the only way to find one again is by
 * its values. Source: docs/explanation/how-clio-behaves.md, "Tasks".
 */
export function tasks(changesOf: (accountId: number) => FirmChanges, now: () => number): Router {
  const router = Router();

  router.get("/tasks", (request, response: ApiResponse) => {
    sendList<FirmTask>(request, response, "Task", (parameters) => {
      const { viewer } = response.locals;
      const { tasks } = viewer.records;
      const ids = parameters.integers("ids[]");
      return {
        collection: tasks,
        items: ids && tasks.getMany(ids),
        maxLimit: 200,
        orders: [
          "name",
          "task_type.name",
          "priority",
          "matter.display_number",
          "due_at",
          "due_at_strict",
          "completed_at",
        ],
        filter: matchesAll([(task: FirmTask) => viewer.canSeeTask(task), ...taskFilters(parameters, viewer)]),
      };
    });
  });

  router.post("/tasks", ...jsonBody, (request: Request, response: ApiResponse) => {
    checkFields(request, "Task");
    const { viewer } = response.locals;
    const created = createTask(viewer, readBody(request, NewTask), now());
    changesOf(viewer.records.account.id).addTask(created);
    response.status(201);
    sendRecord(request, response, "Task", viewer.records.tasks.get(created.id));
  });

  router.get("/tasks/:id", (request, response: ApiResponse) => {
    const { viewer } = response.locals;
    const task = viewer.records.tasks.get(idFromPath(request));
    sendRecord(request, response, "Task", task && viewer.canSeeTask(task) ? task : undefined);
  });

  return router;
}

function taskFilters(parameters: Parameters, { records }: Viewer) {
  const assignee = parameters.idOrNull("assignee_id");
  const assigneeType = parameters.oneOf("assignee_type", ["user", "contact"]);
  const assigner = parameters.idOrNull("assigner_id");
  const matter = parameters.idOrNull("matter_id");
  const client = parameters.idOrNull("client_id");
  const complete = parameters.flag("complete");
  const status = parameters.oneOf("status", STATUSES);
  const permission = parameters.oneOf("permission", PERMISSIONS);
  const priority = parameters.oneOf("priority", ["high", "normal", "low"]);
  const from = parameters.time("due_at_from");
  const to = parameters.time("due_at_to");
  const matches = queryFilter(parameters);
  return [
    assignee !== undefined && ((task: FirmTask) => task.assignee.id === assignee),
    assigneeType && ((task: FirmTask) => task.assignee.type.toLowerCase() === assigneeType),
    assigner !== undefined && ((task: FirmTask) => task.assigner_id === assigner),
    matter !== undefined && ((task: FirmTask) => task.matter_id === matter),
    client !== undefined &&
      ((task: FirmTask) => (records.matters.get(task.matter_id)?.client_id ?? null) === client),
    complete !== undefined && ((task: FirmTask) => (task.status === "complete") === complete),
    status && ((task: FirmTask) => task.status === status),
    permission && ((task: FirmTask) => task.permission === permission),
    priority && ((task: FirmTask) => task.priority.toLowerCase() === priority),
    from !== undefined && ((task: FirmTask) => task.due_at !== null && Date.parse(task.due_at) >= from),
    to !== undefined && ((task: FirmTask) => task.due_at !== null && Date.parse(task.due_at) <= to),
    matches && ((task: FirmTask) => matches(`${task.name}\n${task.description}`.toLowerCase())),
    ...sinceFilters<FirmTask>(parameters),
  ];
}

function createTask(viewer: Viewer, values: z.infer<typeof NewTask>, nowMs: number): FirmTask {
  const { matter, notify_assignee, due_at, time_estimated, ...rest } = values;
  checkParticipant(viewer, values.assignee);
  if (matter) checkMatter(viewer, matter.id);
  const time = formatClioTime(nowMs);
  return {
    id: viewer.records.tasks.nextId(),
    ...rest,
    due_at: due_at?.slice(0, 10) ?? null,
    time_estimated: time_estimated ?? null,
    completed_at: values.status === "complete" ? time : null,
    matter_id: matter?.id ?? null,
    assigner_id: viewer.user.id,
    notified_assignee: notify_assignee,
    created_at: time,
    updated_at: time,
  };
}
