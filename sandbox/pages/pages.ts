import express, { type NextFunction, type Request, type Response, Router } from "express";
import type { CustomActionLinks } from "../api/custom-actions/custom-action-links.ts";
import type { CustomActions } from "../api/custom-actions/custom-actions.ts";
import type { FirmUser } from "../firms/firm.ts";
import type { FirmChanges } from "../firms/firm-changes.ts";
import { isRecordKind, parseSubjectPath, permissionFor } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { ViewerLookup } from "../firms/viewer-lookup.ts";
import { visibleRecord } from "../firms/visible-records.ts";
import {
  parseCalendarEntryForm,
  parseMatterForm,
  parseRelationshipForm,
  parseUserForm,
} from "./edit-forms.ts";
import { homePage } from "./home-page.ts";
import { html } from "./html.ts";
import { layout, noticePage } from "./layout.ts";
import { recordList } from "./record-list.ts";
import { recordPage } from "./record-page.ts";
import { readSignedInUserId, setSignedInUser } from "./session-cookie.ts";
import { userList, userPage } from "./user-pages.ts";

/** The parts of the sandbox that the pages use. */
export interface PageServices {
  readonly viewers: ViewerLookup;
  readonly customActions: CustomActions;
  readonly links: CustomActionLinks;
  readonly changesOf: (accountId: number) => FirmChanges;
  readonly now: () => number;
}

/** The response to a signed-in user. */
type PageResponse = Response<unknown, { viewer: Viewer }>;

/** The pages load from the sandbox and submit forms to it, and to nowhere else. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Web pages that stand in for Clio's: `/` to sign in, and the firm's records with their menus under `/sandbox`. Clio's
 * own URLs, such as `/nc/#/matters/1834567`, redirect there.
 */
export function pages({ viewers, customActions, links, changesOf, now }: PageServices): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false });
  const viewerOf = (request: Request<object>) => {
    const viewer = viewers.get(readSignedInUserId(request) ?? 0);
    return viewer?.user.enabled ? viewer : undefined;
  };

  router.use((request, response, next) => {
    if (/^\/($|sandbox\/|nc(\/|$))/.test(request.path)) {
      response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
      response.setHeader("Cache-Control", "no-store");
    }
    next();
  });

  router.get("/", (request, response) => {
    response.send(homePage(viewers.all(), viewerOf(request), localPath(request.query.next)));
  });

  router.get("/sandbox/style.css", (_request, response) => sendFile(response, "style.css"));
  router.get("/nc/open-record.js", (_request, response) => sendFile(response, "open-record.js"));
  router.get("/nc/", (_request, response) => {
    response.send(
      layout({
        title: "Opening the record",
        body: html`<script src="/nc/open-record.js" defer></script>
      <p>This address requires JavaScript. Without it, <a href="/">find the record yourself</a>.</p>`,
      }),
    );
  });
  router.get("/settings/users{/:id}", (request, response) => {
    response.redirect(302, `/sandbox/users${/^\/\d+$/.exec(request.path.slice(15)) ?? ""}`);
  });

  router.post("/sandbox/sign-in", form, (request, response) => {
    const { user_id, next } = request.body ?? {};
    const viewer = viewers.get(Number(user_id));
    if (!viewer?.user.enabled) {
      response.status(400).send(noticePage("No user selected", "Go back and choose a user."));
      return;
    }
    setSignedInUser(response, viewer.user.id);
    response.redirect(303, localPath(next));
  });

  router.use("/sandbox", (request: Request, response: PageResponse, next: NextFunction) => {
    const viewer = viewerOf(request);
    if (!viewer) {
      response.redirect(303, `/?${new URLSearchParams({ next: pathAfterSignIn(request) })}`);
      return;
    }
    response.locals.viewer = viewer;
    next();
  });

  router.get("/sandbox/click", (request, response: PageResponse) => {
    const { viewer } = response.locals;
    const { custom_action_id, subject } = request.query;
    const action = customActions.get(viewer.user.id, Number(custom_action_id));
    const clicked = typeof subject === "string" ? parseSubjectPath(subject) : null;
    if (!action || !clicked || action.ui_reference !== `${clicked.kind}/show`) {
      const text = "You don't have this custom action for this kind of record. Go back and reload the page.";
      response.status(404).send(noticePage("Action not found", text, viewer));
    } else if (!visibleRecord(viewer, clicked.kind, clicked.id)) {
      sendNotFound(response);
    } else {
      response.redirect(302, links.build(action, String(subject)));
    }
  });

  router.use(["/sandbox/users", "/sandbox/:kind"], (request, response: PageResponse, next) => {
    const { viewer } = response.locals;
    const kind = request.baseUrl.split("/")[2];
    const permission = kind === "users" ? kind : isRecordKind(kind) ? permissionFor(kind) : undefined;
    if (permission === undefined) {
      sendNotFound(response);
    } else if (!viewer.hasPermission(permission)) {
      const text = `${viewer.user.name} has no access to ${permission}.`;
      response.status(403).send(noticePage("No access", text, viewer));
    } else {
      next();
    }
  });

  router.get("/sandbox/users", (_request, response: PageResponse) => {
    response.send(userList(response.locals.viewer));
  });

  router.get("/sandbox/users/:id", (request, response: PageResponse) => {
    const { viewer } = response.locals;
    const user = viewer.records.users.get(Number(request.params.id));
    if (user) response.send(userPage(viewer, user, "saved" in request.query, now()));
    else sendNotFound(response);
  });

  router.get("/sandbox/:kind", (request, response: PageResponse) => {
    const { kind } = request.params;
    const { viewer } = response.locals;
    if (!isRecordKind(kind)) return sendNotFound(response);
    const page = Math.trunc(Number(request.query.page)) || 1;
    response.send(recordList(viewer, kind, customActions.of(viewer.user.id), page));
  });

  router.get("/sandbox/:kind/:id", (request, response: PageResponse) => {
    const { kind, id } = request.params;
    const { viewer } = response.locals;
    const it = isRecordKind(kind) && visibleRecord(viewer, kind, Number(id));
    if (!it) return sendNotFound(response);
    response.send(recordPage(viewer, it, customActions.of(viewer.user.id), "saved" in request.query));
  });

  router.post("/sandbox/users/:id", form, (request: Request<{ id: string }>, response: PageResponse) => {
    const { account, users } = response.locals.viewer.records;
    const user = users.get(Number(request.params.id));
    if (!user) return sendNotFound(response);
    changesOf(account.id).user(user.id, parseUserForm(request.body ?? {}));
    response.redirect(303, `/sandbox/users/${user.id}?saved`);
  });

  router.post("/sandbox/matters/:id", form, (request: Request<{ id: string }>, response: PageResponse) => {
    const { viewer } = response.locals;
    const { account, matters, users } = viewer.records;
    const matter = matters.get(Number(request.params.id));
    if (!matter) return sendNotFound(response);
    const patch = parseMatterForm(matter, users, request.body ?? {});
    if (patch) {
      changesOf(account.id).matter(matter.id, patch);
      response.redirect(303, `/sandbox/matters/${matter.id}?saved`);
    } else {
      const text = "The selected user isn't a member of this firm. Nothing was changed.";
      response.status(400).send(noticePage("Not saved", text, viewer));
    }
  });

  router.post(
    "/sandbox/matters/:id/relationships",
    form,
    (request: Request<{ id: string }>, response: PageResponse) => {
      const { viewer } = response.locals;
      const matter = viewer.records.matters.get(Number(request.params.id));
      if (!matter) return sendNotFound(response);
      const relationship = parseRelationshipForm(viewer, matter.id, request.body ?? {});
      if (relationship) {
        changesOf(viewer.records.account.id).addRelationship(relationship);
        response.redirect(303, `/sandbox/matters/${matter.id}?saved`);
      } else {
        const text = "Enter the full name or the ID of exactly one contact. Nothing was changed.";
        response.status(400).send(noticePage("Not saved", text, viewer));
      }
    },
  );

  router.post(
    "/sandbox/matters/:id/relationships/:relationshipId/delete",
    (request: Request<{ id: string; relationshipId: string }>, response: PageResponse) => {
      const { account, relationships } = response.locals.viewer.records;
      const relationship = relationships.get(Number(request.params.relationshipId));
      if (relationship?.matter_id !== Number(request.params.id)) return sendNotFound(response);
      changesOf(account.id).removeRelationship(relationship.id);
      response.redirect(303, `/sandbox/matters/${relationship.matter_id}?saved`);
    },
  );

  router.post(
    "/sandbox/users/:id/calendar-entries",
    form,
    (request: Request<{ id: string }>, response: PageResponse) => {
      const { viewer } = response.locals;
      const user = viewer.records.users.get(Number(request.params.id));
      if (!user || !canSeeCalendarOf(viewer, user)) return sendNotFound(response);
      const entry = parseCalendarEntryForm(viewer, user, request.body ?? {});
      if (entry) {
        changesOf(viewer.records.account.id).addCalendarEntry(entry);
        response.redirect(303, `/sandbox/users/${user.id}?saved`);
      } else {
        const text = "The entry must end after it begins. Nothing was changed.";
        response.status(400).send(noticePage("Not saved", text, viewer));
      }
    },
  );

  router.post(
    "/sandbox/users/:id/calendar-entries/:entryId/delete",
    (request: Request<{ id: string; entryId: string }>, response: PageResponse) => {
      const { viewer } = response.locals;
      const { account, users, calendarEntries } = viewer.records;
      const user = users.get(Number(request.params.id));
      const entry = calendarEntries.get(Number(request.params.entryId));
      if (!user || !canSeeCalendarOf(viewer, user) || entry?.calendar_owner_id !== user.default_calendar_id)
        return sendNotFound(response);
      changesOf(account.id).removeCalendarEntry(entry.id);
      response.redirect(303, `/sandbox/users/${user.id}?saved`);
    },
  );

  router.use("/sandbox", (_request, response: PageResponse) => sendNotFound(response));
  return router;
}

function canSeeCalendarOf(viewer: Viewer, { default_calendar_id }: FirmUser): boolean {
  const calendar = viewer.records.calendars.get(default_calendar_id);
  return calendar !== undefined && viewer.hasPermission("calendars") && viewer.canSeeCalendar(calendar);
}

function sendNotFound(response: PageResponse): void {
  const text = "This record doesn't exist, or you don't have access to it.";
  response.status(404).send(noticePage("Not found", text, response.locals.viewer));
}

function sendFile(response: Response, name: string): void {
  response.sendFile(name, { root: import.meta.dirname });
}

/**
 * The path to open after signing in: the requested page or, for a click, its record. A click must not continue to the
 * app, because the content security policy forbids it after a form, and because the new user has not clicked anything.
 */
function pathAfterSignIn({ method, originalUrl, path, query }: Request): string {
  if (method !== "GET") return localPath(undefined);
  if (path !== "/click") return originalUrl;
  const subject = parseSubjectPath(String(query.subject));
  return subject ? `/sandbox/${subject.kind}/${subject.id}` : localPath(undefined);
}

/** A path within the sandbox; the list of matters for any other text, so that it is no open redirect. */
function localPath(text: unknown): string {
  return typeof text === "string" && text.startsWith("/sandbox/") ? text : "/sandbox/matters";
}
