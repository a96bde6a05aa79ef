import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { isTimeZone } from "../../../runtime/time-zone.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";

const TimeZoneForm = z.object({
  time_zone: textParameter(100).refine(isTimeZone, {
    error: "must be a time zone's name, such as America/Los_Angeles.",
  }),
});

/** `POST /setup/time-zone`: sets the time zone of the firm's absences and phone logs. */
export function setTimeZone({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { time_zone } = parseForm(TimeZoneForm, request);
    const context = auditContext(request, response);
    await store.firms.setTimeZone(context.firmId, time_zone);
    await recordAudit({ ...context, kind: "time_zone_changed", detail: time_zone });
    response.redirect(303, "/setup#time-zone");
  };
}
