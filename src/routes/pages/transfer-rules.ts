import { stringify } from "csv-stringify/sync";
import type { RequestHandler, Response } from "express";
import type { CountedRule, Coverage } from "../../calls/transfer/coverage.ts";
import { RULE_PROBLEMS } from "../../calls/transfer/rule.ts";
import type { Services } from "../../container.ts";
import { currentUser } from "../../http/require-session.ts";

/** Most firms are read within this time; for a larger one, the response shows the progress. */
const READ_TIMEOUT_MS = 3_000;
const RETRY_AFTER_SECONDS = 5;

/** `GET /transfer-rules`: one rule for each person who takes calls for an open or pending matter. */
export function transferRulesPage({ coverage, views, webAddresses }: Services): RequestHandler {
  return async (_, response) => {
    const reading = await coverage.of(currentUser(response).connection, READ_TIMEOUT_MS);
    response.send(views.transferRules({ reading, refreshSeconds: RETRY_AFTER_SECONDS, webAddresses }));
  };
}

/** `GET /transfer-rules.json` */
export function transferRulesJson(services: Services): RequestHandler {
  return whenRead(services, ({ rules }, response) => response.json(rules.map(presentRule)));
}

/** `GET /transfer-rules.csv`, for spreadsheets. */
export function transferRulesCsv(services: Services): RequestHandler {
  return whenRead(services, ({ rules }, response) => {
    const rows = rules.map(presentRule).map((rule) => ({ ...rule, problems: rule.problems.join(" ") }));
    const csv = stringify(rows, {
      header: true,
      columns: [...COLUMNS],
      bom: true,
      record_delimiter: "windows",
      // A spreadsheet would run a name that looks like a formula. A phone number that starts with + is safe.
      escape_formulas: true,
      cast: {
        string: (text) => (/^\+[0-9]+$/.test(text) ? { value: text, escape_formulas: false } : toCell(text)),
      },
    });
    response
      .set("Content-Disposition", 'attachment; filename="transfer-rules.csv"')
      .type("text/csv")
      .send(csv);
  });
}

/**
 * A text that stays in its cell. Where a semicolon separates cells, a spreadsheet splits a text at it and at a line break,
 * whatever the quotes, and would run the rest as a formula.
 */
function toCell(text: string): string {
  const oneLine = text.replace(/[\s\p{C}]+/gu, " ").trim();
  return oneLine.replace(/([;|]\s*)(?=[=+\-@＝＋－＠])/gu, "$1'");
}

/** Answers 202 with `Retry-After` until the firm has been read (docs/reference/endpoints.md). */
function whenRead(
  { coverage }: Services,
  send: (coverage: Coverage, response: Response) => void,
): RequestHandler {
  return async (_, response) => {
    const reading = await coverage.of(currentUser(response).connection, READ_TIMEOUT_MS);
    response.set("Cache-Control", "no-store");
    if (reading.state === "ready") return send(reading.coverage, response);
    const { read, total } = reading;
    response
      .status(202)
      .set("Retry-After", String(RETRY_AFTER_SECONDS))
      .json({ status: "reading", read, total });
  };
}

const COLUMNS = [
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

function presentRule({ rule, matterCount }: CountedRule) {
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
