import express, { type NextFunction, type Request, type Response, Router } from "express";
import type { Clicks } from "../api/clicks.ts";
import type { CustomActions } from "../api/custom-actions.ts";
import type { FirmChanges } from "../firms/firm-changes.ts";
import { isRecordKind, permissionFor, readSubjectPath } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { Viewers } from "../firms/viewers.ts";
import { visibleRecord } from "../firms/visible-records.ts";
import { homePage } from "./home-page.ts";
import { html } from "./html.ts";
import { layout, noticePage } from "./layout.ts";
import { matterMending, userMending } from "./mending.ts";
import { recordList } from "./record-list.ts";
import { recordPage } from "./record-page.ts";
import { signedInId, signIn } from "./signed-in.ts";
import { userList, userPage } from "./user-pages.ts";

/** What the pages need of the sandbox. */
export interface PageServices {
  readonly viewers: Viewers;
  readonly customActions: CustomActions;
  readonly clicks: Clicks;
  readonly changesOf: (accountId: number) => FirmChanges;
}

/** An answer to somebody who is signed in. */
type PageResponse = Response<unknown, { viewer: Viewer }>;

/** Everything these pages load and send comes from, and goes to, the sandbox. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * A small Clio to click in: `/`, where one signs in, and under `/sandbox` the firm's records with their menus.
 * `/nc/#/matters/1834567` and its like, Clio's own addresses, lead there too.
 */
export function pages({ viewers, customActions, clicks, changesOf }: PageServices): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false });
  const viewerOf = (request: Request<object>) => {
    const viewer = viewers.get(signedInId(request) ?? 0);
    return viewer?.user.enabled ? viewer : undefined;
  };

  router.use((request, response, next) => {
    if (/^\/($|sandbox\/|nc(\/|$))/.test(request.path)) {
      response.setHeader("Content-Security-Policy", POLICY);
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
        title: "One moment",
        body: html`<script src="/nc/open-record.js" defer></script>
      <p>This address works with JavaScript alone. Without it: <a href="/">choose a record by hand</a>.</p>`,
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
      response.status(400).send(noticePage("Nobody was chosen", "Go back and choose who you are."));
      return;
    }
    signIn(response, viewer.user.id);
    response.redirect(303, localPath(next));
  });

  router.use("/sandbox", (request: Request, response: PageResponse, next: NextFunction) => {
    const viewer = viewerOf(request);
    if (!viewer) {
      response.redirect(303, `/?${new URLSearchParams({ next: afterSignIn(request) })}`);
      return;
    }
    response.locals.viewer = viewer;
    next();
  });

  router.get("/sandbox/click", (request, response: PageResponse) => {
    const { viewer } = response.locals;
    const { custom_action_id, subject } = request.query;
    const action = customActions.get(viewer.user.id, Number(custom_action_id));
    const at = typeof subject === "string" ? readSubjectPath(subject) : null;
    if (!action || !at || action.ui_reference !== `${at.kind}/show`) {
      const text = "You have no such custom action on a record of that kind. Go back and reload the page.";
      response.status(404).send(noticePage("No such action", text, viewer));
    } else if (!visibleRecord(viewer, at.kind, at.id)) {
      sendNotFound(response);
    } else {
      response.redirect(302, clicks.urlOf(action, String(subject)));
    }
  });

  router.use(["/sandbox/users", "/sandbox/:kind"], (request, response: PageResponse, next) => {
    const { viewer } = response.locals;
    const kind = request.baseUrl.split("/")[2];
    const permission = kind === "users" ? kind : isRecordKind(kind) ? permissionFor(kind) : undefined;
    if (permission === undefined) {
      sendNotFound(response);
    } else if (!viewer.may(permission)) {
      const text = `${viewer.user.name} has no access to ${permission} in this firm.`;
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
    if (user) response.send(userPage(viewer, user, "saved" in request.query));
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
    changesOf(account.id).user(user.id, userMending(request.body ?? {}));
    response.redirect(303, `/sandbox/users/${user.id}?saved`);
  });

  router.post("/sandbox/matters/:id", form, (request: Request<{ id: string }>, response: PageResponse) => {
    const { viewer } = response.locals;
    const { account, matters, users } = viewer.records;
    const matter = matters.get(Number(request.params.id));
    if (!matter) return sendNotFound(response);
    const mending = matterMending(matter, users, request.body ?? {});
    if (mending) {
      changesOf(account.id).matter(matter.id, mending);
      response.redirect(303, `/sandbox/matters/${matter.id}?saved`);
    } else {
      const text = "Whom you chose is nobody at this firm. Nothing was changed.";
      response.status(400).send(noticePage("Not saved", text, viewer));
    }
  });

  router.use("/sandbox", (_request, response: PageResponse) => sendNotFound(response));
  return router;
}

function sendNotFound(response: PageResponse): void {
  const text = "There is no such record, or you may not see it.";
  response.status(404).send(noticePage("Not found", text, response.locals.viewer));
}

function sendFile(response: Response, name: string): void {
  response.sendFile(name, { root: import.meta.dirname });
}

/**
 * The page that somebody who is not signed in asked for. A click leads to its record instead: no form may end
 * at an app, and whoever signs in has to click for themselves.
 */
function afterSignIn({ method, originalUrl, path, query }: Request): string {
  if (method !== "GET") return localPath(undefined);
  if (path !== "/click") return originalUrl;
  const subject = readSubjectPath(String(query.subject));
  return subject ? `/sandbox/${subject.kind}/${subject.id}` : localPath(undefined);
}

/** A page of the sandbox to go on to; the list of matters where the text names no such page. */
function localPath(text: unknown): string {
  return typeof text === "string" && text.startsWith("/sandbox/") ? text : "/sandbox/matters";
}
