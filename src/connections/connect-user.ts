import type { ClioClient, TokenProvider } from "../clio/client.ts";
import type { ClioOAuth } from "../clio/oauth.ts";
import { type ClioUser, whoAmI } from "../clio/resources/who-am-i.ts";
import { ClioError, ForbiddenError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import { type Firm, firmIdOf } from "../store/repositories/firms.ts";
import type { Store } from "../store/store.ts";
import type { SetupToken } from "./setup-token.ts";

interface ConnectParts {
  store: Store;
  oauth: ClioOAuth;
  client: ClioClient;
  setupToken: SetupToken | null;
  region: string;
}

/** A user who has just been connected. */
export interface NewConnection {
  readonly connection: Connection;
  readonly firm: Firm;
  /** Whether the firm has no bearer key yet: it was admitted a moment ago. */
  readonly needsFirstKey: boolean;
}

/**
 * Connects the user who has given their consent in Clio, and admits their firm when they came with the setup token or an
 * invitation. All of it is on the disk when it resolves; of a stranger nothing is stored.
 * @param code the authorization code that Clio sent along
 * @param setupToken what the visitor brought to `/connect`, right or wrong
 * Throws `CodeRefused`, `Forbidden` for a firm that is not admitted, or what Clio's faults are.
 */
export async function connectUser(
  parts: ConnectParts,
  code: string,
  setupToken: string | null,
  context: RequestContext,
): Promise<NewConnection> {
  const token = await parts.oauth.exchange(code);
  const user = await parts.client.request(holderOf(token.accessToken), whoAmI, context);
  const firm = await admittedFirm(parts, user.account, setupToken);
  const connection = await parts.store.connections.save({
    firmId: firm.id,
    userId: user.id,
    userName: user.name,
    userEmail: user.email,
    token,
  });
  const keys = await parts.store.apiKeys.ofFirm(firm.id);
  return { connection, firm, needsFirstKey: keys.length === 0 };
}

/** A token that was handed out a moment ago: when Clio refuses it, there is no other. */
function holderOf(accessToken: string): TokenProvider {
  return {
    accessToken: async () => accessToken,
    refreshedToken: async () => {
      throw new ClioError("Clio refused the access token that it had just handed out.");
    },
  };
}

/**
 * The user's firm: one that is admitted already, or is admitted now, by the setup token (contract, `GET /connect`) or by
 * an invitation, which is used up by that and by nothing else.
 */
async function admittedFirm(
  { store, setupToken: ours, region }: ConnectParts,
  account: ClioUser["account"],
  theirs: string | null,
): Promise<Firm> {
  const id = firmIdOf(region, account.id);
  const known = await store.firms.find(id);
  const firm = { region, accountId: account.id, name: account.name ?? known?.name ?? "" };
  const leave =
    ours !== null && theirs !== null && ours.matches(theirs)
      ? { onlyFirst: ours.generated }
      : { onlyFirst: false, invitation: theirs };
  const admission = await store.firms.admit(firm, leave);
  const admitted = admission === "refused" ? null : await store.firms.find(id);
  if (admitted) return admitted;
  if (theirs === null)
    throw new ForbiddenError(
      "Your Clio login works, but your firm is not admitted to this service. Ask whoever runs it for the setup link.",
      { title: "Your firm is not admitted" },
    );
  if (leave.onlyFirst)
    throw new ForbiddenError(
      "It was good for one firm, and that one is admitted. For another firm, ask whoever runs this service for a link of its own.",
      { title: "This setup link has been used" },
    );
  throw new ForbiddenError("Ask whoever runs this service for the setup link that is good now.", {
    title: "This setup link is not valid",
  });
}
