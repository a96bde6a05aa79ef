import express, { type Express } from "express";
import helmet from "helmet";
import { bearerKey } from "./http/bearer-key.ts";
import { asPage } from "./http/page.ts";
import { answerProblems, noSuchRoute, onlyMethods } from "./http/problems.ts";
import { answerBy } from "./http/receptionist.ts";
import { requestLog } from "./http/request-log.ts";
import { connect } from "./routes/connect.ts";
import { healthz } from "./routes/healthz.ts";
import { lookupContact } from "./routes/lookup-contact.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { oauthCallback } from "./routes/oauth-callback.ts";
import { readyz } from "./routes/readyz.ts";
import { responsibleStaff } from "./routes/responsible-staff.ts";
import type { Services } from "./services.ts";
import { STYLESHEET } from "./views/views.ts";

/** Every middleware and every route of the service, in the order in which a request meets them. */
export function createApp(services: Services): Express {
  const { settings, store, views, log, metrics, now } = services;
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

  const forReceptionist = [
    get,
    answerBy(settings.answerDeadlineMs),
    bearerKey(store, settings.upfirstApiKey, now),
  ];
  app.route("/lookup-contact").all(forReceptionist).get(lookupContact(services));
  app.route("/responsible-staff").all(forReceptionist).get(responsibleStaff(services));

  const forPerson = [asPage, get];
  app.route("/connect").all(forPerson).get(connect(services));
  app.route("/oauth/callback").all(forPerson).get(oauthCallback(services));
  app
    .route("/assets/style.css")
    .all(get)
    .get((_, response) => response.sendFile(STYLESHEET));

  app.use(noSuchRoute, answerProblems(views));
  return app;
}

/** Nothing from anywhere else, and nothing inline. */
const CSP = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};
