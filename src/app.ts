import express, { type Express, type RequestHandler } from "express";
import type { Services } from "./container.ts";
import { administratorOnly } from "./http/administrator-only.ts";
import { allowMethods } from "./http/allow-methods.ts";
import { dataResponse } from "./http/data-response.ts";
import { deadline, PAGE_DEADLINE_MS } from "./http/deadline.ts";
import { limitForwardedFor } from "./http/forwarded-for.ts";
import { pageResponse } from "./http/page-response.ts";
import { problemResponses } from "./http/problems.ts";
import { reconnect } from "./http/reconnect.ts";
import { requestLog } from "./http/request-log.ts";
import { requireApiKey } from "./http/require-api-key.ts";
import { requireCsrfToken } from "./http/require-csrf-token.ts";
import { requireSession } from "./http/require-session.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { unknownRoute } from "./http/unknown-route.ts";
import { afterCallRoute, reportBody } from "./routes/api/after-call.ts";
import { lookupContactRoute } from "./routes/api/lookup-contact.ts";
import { openApi } from "./routes/api/openapi.ts";
import { responsibleStaffRoute } from "./routes/api/responsible-staff.ts";
import { routeCallRoute } from "./routes/api/route-call.ts";
import { healthz } from "./routes/ops/healthz.ts";
import { metricsRoute } from "./routes/ops/metrics.ts";
import { readyz } from "./routes/ops/readyz.ts";
import { endAbsence, saveAbsence } from "./routes/pages/away/absence.ts";
import { awayCalendarPage, chooseCalendars } from "./routes/pages/away/calendar.ts";
import { awayPage } from "./routes/pages/away/page.ts";
import { callPage, searchContactsForCall, showMattersForCall } from "./routes/pages/calls/call.ts";
import { callsCsv, callsJson } from "./routes/pages/calls/calls-export.ts";
import {
  addCallersNumber,
  createCallersContact,
  dismissCall,
  logCall,
  retryCall,
} from "./routes/pages/calls/decide.ts";
import { callsPage } from "./routes/pages/calls/page.ts";
import { clioAction } from "./routes/pages/clio-action.ts";
import { connect } from "./routes/pages/connect.ts";
import { oauthCallback } from "./routes/pages/oauth-callback.ts";
import { routingRules } from "./routes/pages/routing-rules.ts";
import { addAdministrator, removeAdministrator } from "./routes/pages/setup/administrators.ts";
import { reinstallCustomActions } from "./routes/pages/setup/custom-actions.ts";
import { disconnect } from "./routes/pages/setup/disconnect.ts";
import { requestFullSync } from "./routes/pages/setup/full-sync.ts";
import { createKey, hideKey, revokeKey } from "./routes/pages/setup/keys.ts";
import { liveSetup } from "./routes/pages/setup/live.ts";
import { chooseLookupAccount, compareLookupAccounts } from "./routes/pages/setup/lookup-account.ts";
import { setupPage } from "./routes/pages/setup/page.ts";
import { signOut, signOutEverywhere } from "./routes/pages/setup/sign-out.ts";
import { setTimeZone } from "./routes/pages/setup/time-zone.ts";
import { transferRulesAdded } from "./routes/pages/setup/transfer-rules-added.ts";
import { tryCaller } from "./routes/pages/setup/try-caller.ts";
import { markAsAdded, markAsNotAdded } from "./routes/pages/transfer-rules/added.ts";
import { transferRulesPage } from "./routes/pages/transfer-rules/page.ts";
import { rulesCsv, rulesJson } from "./routes/pages/transfer-rules/rules-export.ts";
import { unreachedCsv, unreachedJson } from "./routes/pages/transfer-rules/unreached-export.ts";
import { clioWebhook, deliveryBody } from "./routes/webhooks/clio.ts";
import { ASSETS } from "./views/views.ts";

/** Every middleware and every route, in the order in which a request passes them. */
export function createApp(services: Services): Express {
  const { settings, views, log, metrics, oauthStates } = services;
  const app = express();
  app.disable("x-powered-by").disable("etag").set("trust proxy", settings.trustProxy);
  // A proxy that blocks `/metrics` doesn't know the other spellings that Express would accept.
  app.enable("strict routing").enable("case sensitive routing");
  app.use(requestLog(log, metrics), securityHeaders(), limitForwardedFor);

  const get = allowMethods("GET", "HEAD");
  // First, because each earlier route would be compared with a call's path.
  const receptionist = [get, deadline(settings.answerDeadlineMs), requireApiKey(services)];
  app.route("/route-call").all(receptionist).get(routeCallRoute(services));
  app.route("/lookup-contact").all(receptionist).get(lookupContactRoute(services));
  app.route("/responsible-staff").all(receptionist).get(responsibleStaffRoute(services));
  const report = [
    allowMethods("POST"),
    deadline(settings.answerDeadlineMs),
    requireApiKey(services),
    ...reportBody,
    // The body may take long to arrive.
    deadline(services.reportDeadlineMs),
  ];
  app.route("/after-call").all(report).post(afterCallRoute(services));

  app.route("/healthz").all(get).get(healthz);
  app.route("/readyz").all(get).get(readyz(services));
  app.route("/metrics").all(get).get(metricsRoute(services));
  app.route("/openapi.json").all(get).get(openApi(services));

  app.route("/webhooks/clio/:webhook").all(allowMethods("POST"), deliveryBody).post(clioWebhook(services));

  const page = [pageResponse, deadline(PAGE_DEADLINE_MS)];
  const publicPage = [...page, get];
  app.route("/").all(publicPage).get(redirectTo("/setup"));
  app.route("/connect").all(publicPage).get(connect(services));
  app.route("/oauth/callback").all(publicPage).get(oauthCallback(services));
  app.route("/clio-action").all(publicPage).get(clioAction(services));

  const signedIn = requireSession(services);
  const data = [dataResponse, get, signedIn];
  app.route("/setup").all(publicPage, signedIn).get(setupPage(services));
  app.route("/routing-rules").all(publicPage, signedIn).get(routingRules(services));
  app.route("/transfer-rules").all(publicPage, signedIn).get(transferRulesPage(services));
  app.route("/transfer-rules.json").all(data).get(rulesJson(services));
  app.route("/transfer-rules.csv").all(data).get(rulesCsv(services));
  app.route("/transfer-rules/unreached.json").all(data).get(unreachedJson(services));
  app.route("/transfer-rules/unreached.csv").all(data).get(unreachedCsv(services));

  app.route("/away").all(publicPage, signedIn).get(awayPage(services));

  const clioData = [dataResponse, deadline(PAGE_DEADLINE_MS), get, signedIn];
  app.route("/calls").all(publicPage, signedIn).get(callsPage(services));
  app.route("/calls.json").all(clioData).get(callsJson(services));
  app.route("/calls.csv").all(clioData).get(callsCsv(services));
  app.route("/calls/:call").all(publicPage, signedIn).get(callPage(services));

  app.get("/transfer-rules/:form", redirectTo("/transfer-rules"));
  app.route("/away/calendar").all(publicPage, signedIn, administratorOnly).get(awayCalendarPage(services));
  app.get("/away/:form", redirectTo("/away"));
  const polled = [get, deadline(PAGE_DEADLINE_MS), requireSession(services, { countsAsUse: false })];
  app.route("/setup/live").all(polled, administratorOnly).get(liveSetup(services));

  // A user who reopens the address of a form, such as that of a new key, wants the page.
  app.get("/setup/*form", redirectTo("/setup"));
  const formBody = express.urlencoded({ extended: false, limit: "16kb" });
  const form = [...page, allowMethods("POST"), signedIn, formBody, requireCsrfToken];
  app.route("/setup/custom-actions").all(form).post(reinstallCustomActions(services));
  app.route("/setup/try").all(form).post(tryCaller(services));
  app.route("/setup/sign-out").all(form).post(signOut(services));
  app.route("/setup/sign-out-everywhere").all(form).post(signOutEverywhere(services));
  app.route("/transfer-rules/added").all(form).post(markAsAdded(services));
  app.route("/transfer-rules/not-added").all(form).post(markAsNotAdded(services));
  app.route("/away/save").all(form).post(saveAbsence(services));
  app.route("/away/end").all(form).post(endAbsence(services));
  app.get("/calls/:call/:form", (request, response) =>
    response.redirect(302, `/calls/${encodeURIComponent(request.params.call)}`),
  );
  app.route("/calls/:call/contacts").all(form).post(searchContactsForCall(services));
  app.route("/calls/:call/matters").all(form).post(showMattersForCall(services));
  app.route("/calls/:call/log").all(form).post(logCall(services));
  app.route("/calls/:call/dismiss").all(form).post(dismissCall(services));
  app.route("/calls/:call/retry").all(form).post(retryCall(services));
  app.route("/calls/:call/number").all(form).post(addCallersNumber(services));
  app.route("/calls/:call/new-contact").all(form).post(createCallersContact(services));
  app.route("/setup/disconnect").all(form).post(disconnect(services));

  const adminForm = [...form, administratorOnly];
  app.route("/setup/answering/compare").all(adminForm).post(compareLookupAccounts(services));
  app.route("/setup/answering").all(adminForm).post(chooseLookupAccount(services));
  app.route("/setup/read-again").all(adminForm).post(requestFullSync(services));
  app.route("/setup/keys").all(adminForm).post(createKey(services));
  app.route("/setup/keys/saved").all(adminForm).post(hideKey(services));
  app.route("/setup/keys/revoke").all(adminForm).post(revokeKey(services));
  app.route("/setup/transfer-rules-added").all(adminForm).post(transferRulesAdded(services));
  app.route("/away/calendar-kinds").all(adminForm).post(chooseCalendars(services));
  app.route("/setup/time-zone").all(adminForm).post(setTimeZone(services));
  app.route("/setup/administrators").all(adminForm).post(addAdministrator(services));
  app.route("/setup/administrators/remove").all(adminForm).post(removeAdministrator(services));

  for (const [name, file] of Object.entries(ASSETS))
    app
      .route(`/assets/${name}`)
      .all(get)
      .get((_, response) => response.sendFile(file));

  app.use(unknownRoute, reconnect(oauthStates), problemResponses(views));
  return app;
}

function redirectTo(path: string): RequestHandler {
  return (_, response) => response.redirect(302, path);
}
