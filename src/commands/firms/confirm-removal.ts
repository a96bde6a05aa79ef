import { CommandError, InterruptedError } from "../command-error.ts";
import { InputEndedError, Prompt } from "../prompt.ts";

/** The input and output of the confirmation. Both must be terminals. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks the operator to type a firm's ID.
 *
 * @param consequences what is about to happen, in whole sentences
 * @throws CommandError when something else or nothing is typed, or there is no terminal; InterruptedError at Ctrl+C
 */
export async function confirmRemoval(
  firmId: string,
  consequences: string,
  { input, output }: Terminal,
  signal?: AbortSignal,
): Promise<void> {
  if (!input.isTTY || !output.isTTY)
    throw new CommandError(
      `Nothing was removed. There is no terminal to confirm at; to skip the confirmation, add --yes: npm run firms -- remove ${firmId} --yes`,
      2,
    );
  const prompt = new Prompt(input, output, signal);
  try {
    prompt.say(consequences);
    const typed = await prompt.ask({ text: `Type ${firmId} to confirm`, validate: () => null });
    if (typed !== firmId) throw new CommandError(`That isn't ${firmId}. Nothing was removed.`);
  } catch (error) {
    if (error instanceof InterruptedError) throw new InterruptedError("Stopped. Nothing was removed.");
    if (error instanceof InputEndedError) throw new CommandError("Nothing was removed.");
    throw error;
  } finally {
    prompt.close();
  }
}
