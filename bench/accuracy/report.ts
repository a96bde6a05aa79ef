import type { StrangersTally, Tally } from "./tally.ts";

/** The ways that are compared, in the order of the table. */
export const WAYS = {
  direct: "the guide's recipe (last four, first hit)",
  "live, whole": "`/route-call`, whole number, asking Clio",
  "live, lastFour": "`/route-call`, last four, asking Clio",
  "live, lastFourAndName": "`/route-call`, last four and name, asking Clio",
  "mirror, whole": "`/route-call`, whole number, mirror",
  "mirror, lastFour": "`/route-call`, last four, mirror",
  "mirror, lastFourAndName": "`/route-call`, last four and name, mirror",
} as const;

export type WayName = keyof typeof WAYS;

/** Where the service answers from (setting `DIRECTORY`). */
export const DIRECTORIES = ["live", "mirror"] as const;
export type DirectoryName = (typeof DIRECTORIES)[number];

export interface FirmResult {
  readonly contacts: number;
  readonly matters: number;
  readonly known: Readonly<Record<WayName, Tally>>;
  readonly strangers: Readonly<Record<WayName, StrangersTally>>;
  /** Callers whose number Clio's search cannot find as it is typed (`Typing` `split`), by their whole number. */
  readonly unfindable: Readonly<Record<DirectoryName, Tally>>;
}

/** One line of what was asked for, and whether it came true. */
export interface Target {
  readonly contacts: number;
  readonly directory: DirectoryName;
  readonly name: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

/** The tables as Markdown, for a terminal and for the README. */
export function asMarkdown(results: readonly FirmResult[]): string {
  return [
    knownTable(results),
    unfindableTable(results),
    strangersTable(results),
    targetsTable(results.flatMap(targetsOf)),
  ].join("\n\n");
}

function knownTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, known }) =>
    names().map((way) => {
      const tally = known[way];
      return [
        thousands(contacts),
        WAYS[way],
        percent(tally.rightPerson, tally.calls),
        percent(tally.rightlyNobody, tally.calls),
        percent(tally.wrong, tally.calls),
        percent(tally.askedBack, tally.calls),
        percent(tally.nobody, tally.calls),
        tally.clioRequests.mean.toFixed(2),
        tally.medianMilliseconds.toFixed(1),
      ];
    }),
  );
  const head = ["contacts", "way", "right person", "rightly nobody", "wrong person", "asked back", "nobody"];
  return markdown([...head, "Clio requests", "median ms"], rows);
}

function unfindableTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, unfindable }) =>
    DIRECTORIES.map((directory) => {
      const { calls, rightPerson, rightlyNobody, wrong, askedBack, nobody } = unfindable[directory];
      return [
        thousands(contacts),
        WAYS[`${directory}, whole`],
        ...[calls, rightPerson + rightlyNobody, wrong, askedBack, nobody].map(String),
      ];
    }),
  );
  const head = ["contacts", "number typed so that Clio's search cannot find it (`555-21 71`)", "calls"];
  return markdown([...head, "right", "wrong person", "asked back", "not found"], rows);
}

function strangersTable(results: readonly FirmResult[]): string {
  const rows = results.flatMap(({ contacts, strangers }) =>
    names().map((way) => {
      const { routed, askedBack, calls } = strangers[way];
      return [
        thousands(contacts),
        WAYS[way],
        percent(routed, calls),
        percent(askedBack, calls),
        percent(calls - routed - askedBack, calls),
      ];
    }),
  );
  return markdown(["contacts", "strangers", "to somebody's attorney", "asked back", "nobody"], rows);
}

/** The same measure of both directories on one line. */
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
  return markdown(["contacts", "measure", "target", "asking Clio", "", "mirror", ""], rows);
}

/**
 * The targets of the issue. Numbers that stand in Clio so that they cannot be found or compared (see `Typing`) have
 * lines of their own: no rule about calls can help them.
 */
export function targetsOf(result: FirmResult): Target[] {
  return DIRECTORIES.flatMap((directory) => targetsOfDirectory(result, directory));
}

function targetsOfDirectory({ contacts, known, strangers }: FirmResult, directory: DirectoryName): Target[] {
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
  const everyOne = (name: string, { right, calls }: { right: number; calls: number }) =>
    line(name, "100 %", right, right === calls, `${right} of ${calls}`);
  const { alone, requestsForOne } = whole;
  const named = lastFourAndName.rightPerson + lastFourAndName.rightlyNobody;
  const all = lastFourAndName.calls;
  return [
    none("whole number: wrong person, number complete in Clio", whole.wrongByTyping.complete),
    none("whole number: wrong person, number incomplete in Clio", incompletelyTyped(whole)),
    everyOne("whole number: right, number theirs alone and complete, somebody answers", alone.complete),
    everyOne("the same, typed without its area code", alone.short),
    everyOne("the same, last four typed apart (`555-21 71`)", alone.split),
    none("last four: wrong person, number complete in Clio", lastFour.wrongByTyping.complete),
    none("last four: wrong person, number incomplete in Clio", incompletelyTyped(lastFour)),
    line("last four and name: right", "≥ 95 %", named, named >= all * 0.95, percent(named, all)),
    line(
      "last four and name: wrong person",
      "≤ 0.1 %",
      lastFourAndName.wrong,
      lastFourAndName.wrong <= all * 0.001,
      percent(lastFourAndName.wrong, all),
    ),
    none("strangers routed by whole number", strangers[`${directory}, whole`].routed),
    line(
      "Clio requests for a number that is one contact's alone",
      "≤ 2",
      requestsForOne.most,
      requestsForOne.most <= 2,
      requestsForOne.moreThanTwo === 0
        ? String(requestsForOne.most)
        : `${requestsForOne.most} (more than 2 for ${requestsForOne.moreThanTwo} of ${requestsForOne.calls})`,
    ),
  ];
}

function incompletelyTyped({ wrong, wrongByTyping }: Tally): number {
  return wrong - wrongByTyping.complete;
}

function names(): WayName[] {
  return Object.keys(WAYS) as WayName[];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Two decimals where one would hide a single call. */
function percent(part: number, all: number): string {
  const value = (100 * part) / all;
  return `${Number(value.toFixed(value > 0 && value < 1 ? 2 : 1))} %`;
}

function thousands(value: number): string {
  return value.toLocaleString("en-US");
}
