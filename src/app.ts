import express, { type Express } from "express";
import helmet from "helmet";
import { bearerKey } from "./http/bearer-key.ts";
import { answerWithin, PAGE_DEADLINE } from "./http/deadline.ts";
import { asPage } from "./http/page.ts";
import { answerProblems, noSuchRoute, onlyMethods } from "./http/problems.ts";
import { receptionistRoute } from "./http/receptionist.ts";
import { reconnect } from "./http/reconnect.ts";
import { requestLog } from "./http/request-log.ts";
import { signedIn, withCsrfToken } from "./http/signed-in.ts";
import { clioAction } from "./routes/clio-action.ts";
import { connect } from "./routes/connect.ts";
import { healthz } from "./routes/healthz.ts";
import { lookupContact } from "./routes/lookup-contact.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { oauthCallback } from "./routes/oauth-callback.ts";
import { openApi } from "./routes/openapi.ts";
import { readyz } from "./routes/readyz.ts";
import { responsibleStaff } from "./routes/responsible-staff.ts";
import { routeCall } from "./routes/route-call.ts";
import { chooseAnswering } from "./routes/setup/answering.ts";
import { mendCustomActions } from "./routes/setup/custom-actions.ts";
import { readAgain } from "./routes/setup/directory.ts";
import { disconnect } from "./routes/setup/disconnect.ts";
import { makeKey, revokeKey } from "./routes/setup/keys.ts";
import { setupPage } from "./routes/setup/page.ts";
import { signOut } from "./routes/setup/sign-out.ts";
import { tryCaller } from "./routes/setup/try-caller.ts";
import { transferRulesCsv, transferRulesJson, transferRulesPage } from "./routes/transfer-rules.ts";
import { clioWebhook, deliveryBody } from "./routes/webhooks.ts";
import type { Services } from "./services.ts";
import { ASSETS } from "./views/views.ts";

/** Every middleware and every route of the service, in the order in which a request meets them. */
export function createApp(services: Services): Express {
  const { settings, views, log, metrics } = services;
  const app = express();
  app.disable("x-powered-by").disable("etag").set("trust proxy", settings.trustProxy);

  app.use(
    requestLog(log, metrics),
    helmet({ contentSecurityPolicy: { useDefaults: false, directives: CSP } }),
  );

  const get = onlyMethods("GET", "HEAD");
  app.route("/healthz").all(get).get(healthz);
  app.route("/readyz").all(get).get(readyz(services));
  app.route("/metrics").all(get).get(metricsRoute(services));

  const forReceptionist = [get, answerWithin(settings.answerDeadlineMs), bearerKey(services)];
  app
    .route("/lookup-contact")
    .all(forReceptionist)
    .get(receptionistRoute(lookupContact(services)));
  app
    .route("/responsible-staff")
    .all(forReceptionist)
    .get(receptionistRoute(responsibleStaff(services)));
  app
    .route("/route-call")
    .all(forReceptionist)
    .get(receptionistRoute(routeCall(services)));
  app.route("/openapi.json").all(get).get(openApi(services));

  app.route("/webhooks/clio/:webhook").all(onlyMethods("POST"), deliveryBody).post(clioWebhook(services));

  const page = [asPage, answerWithin(PAGE_DEADLINE)];
  const forPerson = [...page, get];
  app
    .route("/")
    .all(forPerson)
    .get((_, response) => response.redirect(302, "/setup"));
  app.route("/connect").all(forPerson).get(connect(services));
  app.route("/oauth/callback").all(forPerson).get(oauthCallback(services));
  app.route("/clio-action").all(forPerson).get(clioAction(services));

  const forColleague = [...page, get, signedIn(services)];
  app.route("/setup").all(forColleague).get(setupPage(services));
  app.route("/transfer-rules").all(forColleague).get(transferRulesPage(services));
  app.route("/transfer-rules.json").all(get, signedIn(services)).get(transferRulesJson(services));
  app.route("/transfer-rules.csv").all(get, signedIn(services)).get(transferRulesCsv(services));

  // Who opens the address of a form again, after a new key say, means the page.
  app.get("/setup/*form", (_, response) => response.redirect(302, "/setup"));
  const form = express.urlencoded({ extended: false, limit: "16kb" });
  const forChange = [...page, onlyMethods("POST"), signedIn(services), form, withCsrfToken];
  app.route("/setup/answering").all(forChange).post(chooseAnswering(services));
  app.route("/setup/custom-actions").all(forChange).post(mendCustomActions(services));
  app.route("/setup/read-again").all(forChange).post(readAgain(services));
  app.route("/setup/keys").all(forChange).post(makeKey(services));
  app.route("/setup/keys/revoke").all(forChange).post(revokeKey(services));
  app.route("/setup/try").all(forChange).post(tryCaller(services));
  app.route("/setup/sign-out").all(forChange).post(signOut(services));
  app.route("/setup/disconnect").all(forChange).post(disconnect(services));

  for (const [name, file] of Object.entries(ASSETS))
    app
      .route(`/assets/${name}`)
      .all(get)
      .get((_, response) => response.sendFile(file));

  app.use(noSuchRoute, reconnect(services.oauthStates), answerProblems(views));
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
