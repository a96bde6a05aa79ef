import { CommandError } from "../command-error.ts";
import { InputEndedError, Prompt } from "../prompt.ts";

/** Where somebody is asked: a terminal on both sides, or nobody is there. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks for a firm's id to be typed once more.
 *
 * @param what is about to happen, in whole sentences
 * @throws CommandRefused when something else is typed, nothing is, or there is nobody to type
 */
export async function confirmRemoval(
  firmId: string,
  what: string,
  { input, output }: Terminal,
): Promise<void> {
  if (!input.isTTY || !output.isTTY)
    throw new CommandError(
      `Nothing was removed: there is no terminal to confirm it at. A script says so beforehand: npm run firms -- remove ${firmId} --yes`,
      2,
    );
  const questions = new Prompt(input, output, () => questions.close());
  try {
    questions.say(what);
    const typed = await questions.ask({ text: `Type ${firmId} to confirm`, validate: () => null });
    if (typed !== firmId) throw new CommandError(`That is not ${firmId}. Nothing was removed.`, 1);
  } catch (error) {
    if (!(error instanceof InputEndedError)) throw error;
    throw new CommandError("Nothing was removed.", 130);
  } finally {
    questions.close();
  }
}
