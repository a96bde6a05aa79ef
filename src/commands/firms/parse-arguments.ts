import { parseArgs } from "node:util";
import { UsageError } from "../command-error.ts";

/** What is asked of `npm run firms`. */
export type FirmsCommand =
  | { readonly name: "list"; readonly json: boolean }
  | { readonly name: "admit" }
  | {
      readonly name: "remove";
      readonly firmId: string;
      /** Nobody is asked to confirm. */
      readonly yes: boolean;
      /** Nothing is taken out of Clio. */
      readonly withoutClio: boolean;
    };

export const USAGE = `Usage:
  npm run firms                        lists the firms
  npm run firms -- list --json         lists the firms as JSON
  npm run firms -- admit               prints a link that connects one firm, once
  npm run firms -- remove FIRM         removes a firm (for example us-12345) with everything stored for it
      --yes                            doesn't ask for confirmation
      --without-clio                   doesn't end the firm's access in Clio`;

const OPTIONS = {
  json: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "without-clio": { type: "boolean", default: false },
} as const;

type Option = keyof typeof OPTIONS;

const OPTIONS_OF: Readonly<Record<FirmsCommand["name"], readonly Option[]>> = {
  list: ["json"],
  admit: [],
  remove: ["yes", "without-clio"],
};

/**
 * Reads what was typed after `npm run firms --`.
 *
 * @throws CommandRefused with what is wrong and how the command is used
 */
export function parseArguments(args: readonly string[]): FirmsCommand {
  const { values, positionals } = parsed(args);
  const [name = "list", firmId, ...more] = positionals;
  if (name !== "list" && name !== "admit" && name !== "remove")
    throw misuse(`There is no command ${JSON.stringify(name)}: it must be list, admit or remove.`);
  const surplus = name === "remove" ? more : positionals.slice(1);
  if (surplus.length > 0) throw misuse(`${JSON.stringify(surplus[0])} is one word too many for ${name}.`);
  for (const option of Object.keys(OPTIONS) as Option[])
    if (values[option] && !OPTIONS_OF[name].includes(option))
      throw misuse(`--${option} is no option of ${name}, but of ${commandWith(option)}.`);
  switch (name) {
    case "list":
      return { name, json: values.json };
    case "admit":
      return { name };
    case "remove":
      if (firmId === undefined) throw misuse("Which firm is to be removed? Its id comes after remove.");
      return { name, firmId, yes: values.yes, withoutClio: values["without-clio"] };
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misuse(error instanceof Error ? error.message : String(error));
  }
}

function commandWith(option: Option): string {
  return (
    Object.entries(OPTIONS_OF).flatMap(([name, options]) => (options.includes(option) ? name : []))[0] ?? ""
  );
}

function misuse(text: string): UsageError {
  return new UsageError(text);
}
