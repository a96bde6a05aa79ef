import express, { type Express } from "express";
import helmet from "helmet";
import type { Services } from "./container.ts";
import { apiKey } from "./http/api-key.ts";
import { deadline, PAGE_DEADLINE_MS } from "./http/deadline.ts";
import { pageResponse } from "./http/page-response.ts";
import { allowMethods, problemResponses, unknownRoute } from "./http/problems.ts";
import { type AnswerQuery, receptionistRoute } from "./http/receptionist-route.ts";
import { reconnect } from "./http/reconnect.ts";
import { requestLog } from "./http/request-log.ts";
import { requireCsrfToken, requireSession } from "./http/require-session.ts";
import { answerLookupContact } from "./routes/api/lookup-contact.ts";
import { openApi } from "./routes/api/openapi.ts";
import { answerResponsibleStaff } from "./routes/api/responsible-staff.ts";
import { answerRouteCall } from "./routes/api/route-call.ts";
import { healthz } from "./routes/ops/healthz.ts";
import { metricsRoute } from "./routes/ops/metrics.ts";
import { readyz } from "./routes/ops/readyz.ts";
import { clioAction } from "./routes/pages/clio-action.ts";
import { connect } from "./routes/pages/connect.ts";
import { oauthCallback } from "./routes/pages/oauth-callback.ts";
import { reinstallCustomActions } from "./routes/pages/setup/custom-actions.ts";
import { disconnect } from "./routes/pages/setup/disconnect.ts";
import { createKey, revokeKey } from "./routes/pages/setup/keys.ts";
import { chooseLookupAccount } from "./routes/pages/setup/lookup-account.ts";
import { requestFullSync } from "./routes/pages/setup/mirror.ts";
import { setupPage } from "./routes/pages/setup/page.ts";
import { signOut } from "./routes/pages/setup/sign-out.ts";
import { tryCaller } from "./routes/pages/setup/try-caller.ts";
import { transferRulesCsv, transferRulesJson, transferRulesPage } from "./routes/pages/transfer-rules.ts";
import { clioWebhook, deliveryBody } from "./routes/webhooks/clio.ts";
import { ASSETS } from "./views/views.ts";

/** Every middleware and every route of the service, in the order in which a request meets them. */
export function createApp(services: Services): Express {
  const { settings, views, log, metrics, openDirectory } = services;
  const app = express();
  app.disable("x-powered-by").disable("etag").set("trust proxy", settings.trustProxy);

  app.use(
    requestLog(log, metrics),
    helmet({ contentSecurityPolicy: { useDefaults: false, directives: CSP } }),
  );

  const get = allowMethods("GET", "HEAD");
  app.route("/healthz").all(get).get(healthz);
  app.route("/readyz").all(get).get(readyz(services));
  app.route("/metrics").all(get).get(metricsRoute(services));

  const forReceptionist = [get, deadline(settings.answerDeadlineMs), apiKey(services)];
  const answers: Record<string, AnswerQuery> = {
    "/lookup-contact": answerLookupContact(services),
    "/responsible-staff": answerResponsibleStaff(services),
    "/route-call": answerRouteCall(services),
  };
  for (const [path, answer] of Object.entries(answers))
    app.route(path).all(forReceptionist).get(receptionistRoute(openDirectory, answer));
  app.route("/openapi.json").all(get).get(openApi(services));

  app.route("/webhooks/clio/:webhook").all(allowMethods("POST"), deliveryBody).post(clioWebhook(services));

  const page = [pageResponse, deadline(PAGE_DEADLINE_MS)];
  const forPerson = [...page, get];
  app
    .route("/")
    .all(forPerson)
    .get((_, response) => response.redirect(302, "/setup"));
  app.route("/connect").all(forPerson).get(connect(services));
  app.route("/oauth/callback").all(forPerson).get(oauthCallback(services));
  app.route("/clio-action").all(forPerson).get(clioAction(services));

  const forColleague = [...page, get, requireSession(services)];
  app.route("/setup").all(forColleague).get(setupPage(services));
  app.route("/transfer-rules").all(forColleague).get(transferRulesPage(services));
  app.route("/transfer-rules.json").all(get, requireSession(services)).get(transferRulesJson(services));
  app.route("/transfer-rules.csv").all(get, requireSession(services)).get(transferRulesCsv(services));

  // Who opens the address of a form again, after a new key say, means the page.
  app.get("/setup/*form", (_, response) => response.redirect(302, "/setup"));
  const form = express.urlencoded({ extended: false, limit: "16kb" });
  const forChange = [...page, allowMethods("POST"), requireSession(services), form, requireCsrfToken];
  app.route("/setup/answering").all(forChange).post(chooseLookupAccount(services));
  app.route("/setup/custom-actions").all(forChange).post(reinstallCustomActions(services));
  app.route("/setup/read-again").all(forChange).post(requestFullSync(services));
  app.route("/setup/keys").all(forChange).post(createKey(services));
  app.route("/setup/keys/revoke").all(forChange).post(revokeKey(services));
  app.route("/setup/try").all(forChange).post(tryCaller(services));
  app.route("/setup/sign-out").all(forChange).post(signOut(services));
  app.route("/setup/disconnect").all(forChange).post(disconnect(services));

  for (const [name, file] of Object.entries(ASSETS))
    app
      .route(`/assets/${name}`)
      .all(get)
      .get((_, response) => response.sendFile(file));

  app.use(unknownRoute, reconnect(services.oauthStates), problemResponses(views));
  return app;
}

/** Nothing from anywhere else, and nothing inline. */
const CSP = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  scriptSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};
