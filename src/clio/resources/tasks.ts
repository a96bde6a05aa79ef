import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema } from "../paging.ts";
import { createRecord } from "./create-record.ts";

const PERMISSION = "Tasks (write)";
const PATH = "/api/v4/tasks.json";

/** A task to create in Clio. */
export interface NewTask {
  readonly name: string;
  /** Plain text. */
  readonly description: string;
  /** The user who has to do it. */
  readonly assigneeId: number;
  /** A date such as `2026-05-31`. */
  readonly dueOn: string;
  readonly matterId: number | null;
  /** Whether Clio notifies the assignee. */
  readonly notifyAssignee: boolean;
}

const IdPage = pageSchema(z.object({ id: z.number().int() }));

/**
 * Creates a task. Clio creates another one for a repeated request, so look for the task with `findTask` before repeating
 * one whose outcome is unknown (docs/explanation/how-clio-behaves.md, "Tasks").
 * @returns the task's ID
 * Throws as `ClioAccess.request` does: `NotFoundError` for a matter or user that Clio doesn't have.
 */
export async function createTask(clio: ClioAccess, task: NewTask, context: RequestContext): Promise<number> {
  const data = {
    name: task.name,
    description: task.description,
    assignee: { id: task.assigneeId, type: "User" },
    // Noon in UTC is the same date in the time zone of every region of Clio's.
    due_at: `${task.dueOn}T12:00:00Z`,
    ...(task.matterId !== null && { matter: { id: task.matterId } }),
    notify_assignee: task.notifyAssignee,
  };
  return createRecord(clio, { path: PATH, permission: PERMISSION, data }, context);
}

/**
 * Finds a task by a text that occurs in no other task's name or description, because tasks have no external properties.
 * @param createdSince epoch milliseconds; the task was created later
 * @returns the ID of the first one; null if there is none that the connected user may see
 * Throws as `ClioAccess.request` does.
 */
export async function findTask(
  clio: ClioAccess,
  { text, assigneeId, createdSince }: { text: string; assigneeId: number; createdSince: number },
  context: RequestContext,
): Promise<number | null> {
  const params = {
    query: text,
    assignee_id: assigneeId,
    assignee_type: "user",
    created_since: new Date(createdSince).toISOString(),
    fields: "id",
    order: "id(asc)",
    limit: 1,
  };
  const page = await clio.request({ path: PATH, params, schema: IdPage, permission: PERMISSION }, context);
  return page.records[0]?.id ?? null;
}
