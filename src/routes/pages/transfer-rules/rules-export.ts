import type { RequestHandler } from "express";
import type { CountedRule } from "../../../calls/transfer/coverage.ts";
import { RULE_PROBLEMS } from "../../../calls/transfer/rule.ts";
import type { Services } from "../../../container.ts";
import { sendCsv } from "../../csv.ts";
import { onceRead } from "./read-coverage.ts";

/** `GET /transfer-rules.json` */
export function rulesJson(services: Services): RequestHandler {
  return onceRead(services, ({ rules }, response) => response.json(rules.map(presentRule)));
}

/** `GET /transfer-rules.csv`, for spreadsheets. */
export function rulesCsv(services: Services): RequestHandler {
  return onceRead(services, ({ rules }, response) => {
    const rows = rules.map(presentRule).map((rule) => ({ ...rule, problems: rule.problems.join(" ") }));
    sendCsv(response, "transfer-rules.csv", COLUMNS, rows);
  });
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
