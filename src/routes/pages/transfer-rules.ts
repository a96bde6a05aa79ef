import { stringify } from "csv-stringify/sync";
import type { RequestHandler } from "express";
import type { CountedRule, Coverage } from "../../calls/transfer/coverage.ts";
import { RULE_PROBLEMS } from "../../calls/transfer/rule.ts";
import type { Services } from "../../container.ts";
import type { CoverageReading } from "../../directory/coverage-cache.ts";
import { currentVisitor } from "../../http/require-session.ts";

/** Most firms are read before a page feels slow; a larger one is shown how far it is. Milliseconds. */
const PATIENCE = 3_000;
const COME_BACK_IN = 5;

/** `GET /transfer-rules`: a rule for each person who answers for a live matter, with what is missing. */
export function transferRulesPage({ coverage, views, webAddresses }: Services): RequestHandler {
  return async (_, response) => {
    const reading = await coverage.of(currentVisitor(response).connection, PATIENCE);
    response.send(views.transferRules({ reading, comeBackIn: COME_BACK_IN, webAddresses }));
  };
}

/** `GET /transfer-rules.json` */
export function transferRulesJson(services: Services): RequestHandler {
  return whenRead(services, (coverage, response) => response.json(coverage.rules.map(ruleFields)));
}

/** `GET /transfer-rules.csv`, for a spreadsheet. */
export function transferRulesCsv(services: Services): RequestHandler {
  return whenRead(services, (coverage, response) => {
    const rows = coverage.rules.map((rule) => {
      const fields = ruleFields(rule);
      return { ...fields, problems: fields.problems.join(" ") };
    });
    const csv = stringify(rows, {
      header: true,
      columns: [...FIELD_NAMES],
      bom: true,
      record_delimiter: "windows",
      // A name that begins like a formula would be run by the spreadsheet; a number that begins with + is none.
      escape_formulas: true,
      cast: { string: (text) => (/^\+[0-9]+$/.test(text) ? { value: text, escape_formulas: false } : text) },
    });
    response
      .set("Content-Disposition", 'attachment; filename="transfer-rules.csv"')
      .type("text/csv")
      .send(csv);
  });
}

/** Answers when the firm has been read; until then 202 with `Retry-After` (contract). */
function whenRead(
  { coverage }: Services,
  answer: (coverage: Coverage, response: Parameters<RequestHandler>[1]) => void,
): RequestHandler {
  return async (_, response) => {
    const reading: CoverageReading = await coverage.of(currentVisitor(response).connection, PATIENCE);
    response.set("Cache-Control", "no-store");
    if (reading.state === "ready") return answer(reading.coverage, response);
    const { read, total } = reading;
    response.status(202).set("Retry-After", String(COME_BACK_IN)).json({ status: "reading", read, total });
  };
}

const FIELD_NAMES = [
  "name",
  "when_to_transfer",
  "message_before_transfer",
  "destination",
  "extension",
  "transfer_type",
  "if_unavailable",
  "matter_count",
  "problems",
] as const;

function ruleFields({ rule, matterCount }: CountedRule) {
  return {
    name: rule.name,
    when_to_transfer: rule.whenToTransfer,
    message_before_transfer: rule.messageBeforeTransfer,
    destination: rule.destination,
    extension: rule.extension,
    transfer_type: rule.transferType,
    if_unavailable: rule.ifUnavailable,
    matter_count: matterCount,
    problems: rule.problems.map((problem) => RULE_PROBLEMS[problem](rule.name)),
  };
}
