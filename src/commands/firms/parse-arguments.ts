import { UsageError } from "../command-error.ts";
import { parseOptionsAndPositionals } from "../parse-options.ts";

/** A subcommand of `npm run firms`, with its options. */
export type FirmsCommand =
  | { readonly name: "list"; readonly json: boolean }
  | { readonly name: "admit" }
  | {
      readonly name: "admin";
      readonly firmId: string;
      /** As typed; null if it is missing. */
      readonly userId: string | null;
    }
  | {
      readonly name: "remove";
      readonly firmId: string;
      /** Skip the confirmation. */
      readonly yes: boolean;
      /** Remove nothing from Clio. */
      readonly withoutClio: boolean;
    };

export const USAGE = `Usage:
  npm run firms                     list the firms
  npm run firms -- list --json      list the firms as JSON
  npm run firms -- admit            print a link that connects one firm, once
  npm run firms -- admin FIRM USER  make a connected user an administrator of a firm; USER is a Clio user ID,
                                    and without it the connected users are listed
  npm run firms -- remove FIRM      remove a firm, for example us-12345, with everything stored for it
      --yes                         don't ask for confirmation
      --without-clio                don't end the firm's access in Clio`;

const OPTIONS = {
  json: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "without-clio": { type: "boolean", default: false },
} as const;

type Option = keyof typeof OPTIONS;

const COMMAND_OF_OPTION: Readonly<Record<Option, FirmsCommand["name"]>> = {
  json: "list",
  yes: "remove",
  "without-clio": "remove",
};

/** The number of arguments of each command. */
const ARGUMENTS: Readonly<Record<FirmsCommand["name"], number>> = { list: 0, admit: 0, admin: 2, remove: 1 };

function isCommand(name: string): name is FirmsCommand["name"] {
  return Object.hasOwn(ARGUMENTS, name);
}

/** Reads the arguments after `npm run firms --`. Throws `UsageError`. */
export function parseArguments(args: readonly string[]): FirmsCommand {
  const { values, positionals } = parseOptionsAndPositionals(args, OPTIONS);
  const [name = "list", ...rest] = positionals;
  if (!isCommand(name))
    throw new UsageError(`Unknown command ${JSON.stringify(name)}. Use list, admit, admin or remove.`);
  const [unexpected] = rest.slice(ARGUMENTS[name]);
  if (unexpected !== undefined)
    throw new UsageError(`Unexpected argument ${JSON.stringify(unexpected)} after ${name}.`);
  for (const option of Object.keys(OPTIONS) as Option[])
    if (values[option] && COMMAND_OF_OPTION[option] !== name)
      throw new UsageError(`--${option} is an option of ${COMMAND_OF_OPTION[option]}, not of ${name}.`);
  switch (name) {
    case "list":
      return { name, json: values.json };
    case "admit":
      return { name };
    case "admin": {
      const [firmId, userId = null] = rest;
      if (firmId === undefined) throw new UsageError("admin needs the ID of a firm, for example us-12345.");
      return { name, firmId, userId };
    }
    case "remove": {
      const [firmId] = rest;
      if (firmId === undefined) throw new UsageError("remove needs the ID of a firm, for example us-12345.");
      return { name, firmId, yes: values.yes, withoutClio: values["without-clio"] };
    }
  }
}
