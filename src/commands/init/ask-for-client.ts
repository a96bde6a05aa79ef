import { createClioOAuth, isClientAccepted } from "../../clio/oauth.ts";
import type { Prompt } from "../prompt.ts";
import { askForSetting } from "./ask-for-setting.ts";

/** The key and secret of the developer app. */
export interface ClioClientSettings {
  readonly CLIO_CLIENT_ID: string;
  readonly CLIO_CLIENT_SECRET: string;
}

/**
 * Asks for the app's key and secret until Clio accepts them, or until the operator keeps what Clio refused. What can't be
 * checked is kept. Throws as `Prompt.ask` does.
 * @param baseUrl Clio's host, for example `https://eu.app.clio.com`
 */
export async function askForClient(
  prompt: Prompt,
  baseUrl: string,
  publicUrl: string,
): Promise<ClioClientSettings> {
  for (;;) {
    const answers = {
      CLIO_CLIENT_ID: await askForSetting(prompt, "CLIO_CLIENT_ID", { text: "Client ID (the app's key)" }),
      CLIO_CLIENT_SECRET: await askForSetting(prompt, "CLIO_CLIENT_SECRET", {
        text: "Client secret (not shown while you type)",
        hidden: true,
      }),
    };
    prompt.say("\nChecking the key and secret with Clio…");
    const result = await prompt.wait(checkClient(answers, baseUrl, publicUrl));
    prompt.say(MESSAGES[result](baseUrl));
    if (result !== "refused" || !(await prompt.confirm("Enter them again?", "yes"))) return answers;
    prompt.say("");
  }
}

const MESSAGES = {
  accepted: () => "Clio accepts them.",
  refused: (baseUrl: string) =>
    `Clio doesn't accept them. Check both, and that you created the app for ${baseUrl}. The key and the secret of an app don't work in another region.`,
  unknown: (baseUrl: string) =>
    `Couldn't check them, because ${baseUrl} can't be reached or didn't give a clear answer. If they are wrong, Clio will say so when you connect the firm.`,
};

async function checkClient(
  { CLIO_CLIENT_ID: clientId, CLIO_CLIENT_SECRET: clientSecret }: ClioClientSettings,
  baseUrl: string,
  publicUrl: string,
): Promise<keyof typeof MESSAGES> {
  const redirectUri = `${publicUrl}/oauth/callback`;
  try {
    const oauth = createClioOAuth({ clientId, clientSecret, baseUrl, redirectUri, now: Date.now });
    return (await isClientAccepted(oauth)) ? "accepted" : "refused";
  } catch {
    return "unknown";
  }
}
