import type { CallTally, StrangerTally } from "./tally.ts";

/** The compared lookup methods, in the order of the tables. */
export const METHODS = {
  direct: "the guide's recipe (last four, first hit)",
  "live, whole": "`/route-call`, whole number, asking Clio",
  "live, lastFour": "`/route-call`, last four, asking Clio",
  "live, lastFourAndName": "`/route-call`, last four and name, asking Clio",
  "mirror, whole": "`/route-call`, whole number, mirror",
  "mirror, lastFour": "`/route-call`, last four, mirror",
  "mirror, lastFourAndName": "`/route-call`, last four and name, mirror",
} as const;

export type MethodName = keyof typeof METHODS;

const METHOD_NAMES = Object.keys(METHODS) as MethodName[];

/** The values of the setting `DIRECTORY`. */
export const DIRECTORIES = ["live", "mirror"] as const;
export type DirectoryName = (typeof DIRECTORIES)[number];

export interface FirmResult {
  readonly contacts: number;
  readonly matters: number;
  readonly known: Readonly<Record<MethodName, CallTally>>;
  readonly strangers: Readonly<Record<MethodName, StrangerTally>>;
  /** Calls by whole number from numbers that Clio's search misses (`Typing` `split`). */
  readonly splitNumbers: Readonly<Record<DirectoryName, CallTally>>;
}

/** A target, and whether it was met. */
export interface Target {
  readonly contacts: number;
  readonly directory: DirectoryName;
  readonly name: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

/** Formats the results as Markdown tables. */
export function formatMarkdown(results: readonly FirmResult[]): string {
  return [
    knownTable(results),
    splitNumbersTable(results),
    strangersTable(results),
    targetsTable(results.flatMap(checkTargets)),
  ].join("\n\n");
}

function knownTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, known }) =>
    METHOD_NAMES.map((method) => {
      const tally = known[method];
      return [
        thousands(contacts),
        METHODS[method],
        percent(tally.rightPerson, tally.calls),
        percent(tally.rightlyNotTransferred, tally.calls),
        percent(tally.wrong, tally.calls),
        percent(tally.askedBack, tally.calls),
        percent(tally.missed, tally.calls),
        tally.clioRequests.mean.toFixed(2),
        tally.medianLatencyMs.toFixed(1),
      ];
    }),
  );
  const head = [
    "contacts",
    "method",
    "right person",
    "rightly not transferred",
    "wrong person",
    "asked for name",
    "missed",
  ];
  return markdownTable([...head, "Clio requests", "median ms"], rows);
}

function splitNumbersTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, splitNumbers }) =>
    DIRECTORIES.map((directory) => {
      const { calls, rightPerson, rightlyNotTransferred, wrong, askedBack, missed } = splitNumbers[directory];
      return [
        thousands(contacts),
        METHODS[`${directory}, whole`],
        ...[calls, rightPerson + rightlyNotTransferred, wrong, askedBack, missed].map(String),
      ];
    }),
  );
  const head = ["contacts", "numbers that Clio's search misses (`555-21 71`)", "calls"];
  return markdownTable([...head, "right", "wrong person", "asked for name", "missed"], rows);
}

function strangersTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, strangers }) =>
    METHOD_NAMES.map((method) => {
      const { routed, askedBack, calls } = strangers[method];
      return [
        thousands(contacts),
        METHODS[method],
        percent(routed, calls),
        percent(askedBack, calls),
        percent(calls - routed - askedBack, calls),
      ];
    }),
  );
  return markdownTable(["contacts", "strangers", "transferred", "asked for name", "message taken"], rows);
}

/** Both directories side by side, for each target. */
function targetsTable(targets: readonly Target[]): string {
  const lines = Map.groupBy(targets, ({ contacts, name }) => `${contacts} ${name}`);
  const rows = [...lines.values()].map((line) => [
    thousands(line[0]?.contacts ?? 0),
    line[0]?.name ?? "",
    line[0]?.target ?? "",
    ...DIRECTORIES.flatMap((directory) => {
      const one = line.find((target) => target.directory === directory);
      return [one?.measured ?? "", one?.met ? "met" : "MISSED"];
    }),
  ]);
  return markdownTable(["contacts", "measure", "target", "asking Clio", "", "mirror", ""], rows);
}

/** Checks the targets. Numbers that are typed incompletely in Clio (`Typing`) have targets of their own. */
export function checkTargets(result: FirmResult): Target[] {
  return DIRECTORIES.flatMap((directory) => checkDirectoryTargets(result, directory));
}

function checkDirectoryTargets(
  { contacts, known, strangers }: FirmResult,
  directory: DirectoryName,
): Target[] {
  const whole = known[`${directory}, whole`];
  const lastFour = known[`${directory}, lastFour`];
  const lastFourAndName = known[`${directory}, lastFourAndName`];
  const line = (name: string, target: string, value: number, met: boolean, measured = String(value)) => ({
    contacts,
    directory,
    name,
    measured,
    target,
    met,
  });
  const none = (name: string, value: number) => line(name, "0", value, value === 0);
  const all = (name: string, { right, calls }: { right: number; calls: number }) =>
    line(name, "100 %", right, right === calls, `${right} of ${calls}`);
  const { uniqueNumber, uniqueNumberRequests } = whole;
  const named = lastFourAndName.rightPerson + lastFourAndName.rightlyNotTransferred;
  const namedCalls = lastFourAndName.calls;
  return [
    none("whole number: wrong person, number complete in Clio", whole.wrongByTyping.complete),
    none("whole number: wrong person, number incomplete in Clio", wrongOfIncompleteNumbers(whole)),
    all(
      "whole number: right, for a unique and complete number with a person for its calls",
      uniqueNumber.complete,
    ),
    all("the same, number typed without its area code", uniqueNumber.short),
    all("the same, last four digits split (`555-21 71`)", uniqueNumber.split),
    none("last four: wrong person, number complete in Clio", lastFour.wrongByTyping.complete),
    none("last four: wrong person, number incomplete in Clio", wrongOfIncompleteNumbers(lastFour)),
    line(
      "last four and name: right",
      "≥ 95 %",
      named,
      named >= namedCalls * 0.95,
      percent(named, namedCalls),
    ),
    line(
      "last four and name: wrong person",
      "≤ 0.1 %",
      lastFourAndName.wrong,
      lastFourAndName.wrong <= namedCalls * 0.001,
      percent(lastFourAndName.wrong, namedCalls),
    ),
    none("strangers transferred by whole number", strangers[`${directory}, whole`].routed),
    line(
      "Clio requests for a unique number, max",
      "≤ 3",
      uniqueNumberRequests.max,
      uniqueNumberRequests.max <= 3,
      uniqueNumberRequests.moreThanThree === 0
        ? String(uniqueNumberRequests.max)
        : `${uniqueNumberRequests.max} (more than 3 for ${uniqueNumberRequests.moreThanThree} of ${uniqueNumberRequests.calls})`,
    ),
  ];
}

function wrongOfIncompleteNumbers({ wrong, wrongByTyping }: CallTally): number {
  return wrong - wrongByTyping.complete;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Two decimals below 1 %, where one would hide a single call. */
function percent(part: number, all: number): string {
  const value = (100 * part) / all;
  return `${Number(value.toFixed(value > 0 && value < 1 ? 2 : 1))} %`;
}

function thousands(value: number): string {
  return value.toLocaleString("en-US");
}
