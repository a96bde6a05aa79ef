import { parseArgs } from "node:util";
import { CommandRefused } from "./command-refused.ts";

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

const USAGE = `Usage:
  npm run firms                        shows every firm; as JSON with -- list --json
  npm run firms -- admit               prints a link that admits one firm, once
  npm run firms -- remove us-12345     shuts a firm out, with everything that belongs to it;
                                       --yes asks nobody, --without-clio leaves Clio alone`;

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
export function readCommand(args: readonly string[]): FirmsCommand {
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

function misuse(text: string): CommandRefused {
  return new CommandRefused(`${text}\n${USAGE}`, 2);
}
