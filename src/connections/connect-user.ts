import type { ClioClient, TokenProvider } from "../clio/client.ts";
import { type ClioOAuth, CodeRefusedError } from "../clio/oauth.ts";
import { deauthorize } from "../clio/resources/deauthorize.ts";
import { type ClioUser, whoAmI } from "../clio/resources/who-am-i.ts";
import { ClioError, ForbiddenError, ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import { isTimeZone } from "../runtime/time-zone.ts";
import type { Connection } from "../store/repositories/connections.ts";
import { type Firm, firmIdOf } from "../store/repositories/firms.ts";
import type { Store } from "../store/store.ts";
import type { Visit } from "./oauth-state.ts";
import type { SetupToken } from "./setup-token.ts";

interface ConnectParts {
  store: Store;
  oauth: ClioOAuth;
  client: ClioClient;
  setupToken: SetupToken | null;
  region: string;
}

/** Clio no longer accepts the authorization code, so the user has to allow access again. */
export class AuthorizationExpiredError extends Error {
  override readonly name = "AuthorizationExpiredError";

  constructor(cause: unknown) {
    super("Clio no longer accepts this authorization", { cause });
  }
}

/** A user who has just connected. */
export interface NewConnection {
  readonly connection: Connection;
  readonly firm: Firm;
  /** Whether the user wasn't connected before, or no longer. */
  readonly isNew: boolean;
  /** Whether the user has become an administrator because they admitted the firm. */
  readonly isAppointed: boolean;
  /** Whether the firm has no API key yet, because it has only just been admitted. */
  readonly needsFirstKey: boolean;
}

/**
 * Connects the user who allowed access in Clio, and admits their firm if they came with the setup token or an invitation.
 * Everything is durable when this resolves. Nothing is stored about users of other firms, and their access in Clio is ended.
 * @param code the authorization code from Clio
 * @param visit the visit to `/connect`; its setup token or invitation may be invalid
 * Throws `AuthorizationExpiredError`, `ForbiddenError` for a firm that isn't admitted, or what `ClioClient.request` throws.
 */
export async function connectUser(
  parts: ConnectParts,
  code: string,
  { setupToken, codeVerifier }: Pick<Visit, "setupToken" | "codeVerifier">,
  context: RequestContext,
): Promise<NewConnection> {
  const token = await parts.oauth.exchange(code, codeVerifier).catch((error) => {
    throw error instanceof CodeRefusedError ? new AuthorizationExpiredError(error) : error;
  });
  const tokens = newToken(token.accessToken);
  const user = await parts.client.request(tokens, whoAmI, context);
  const firm = await findOrAdmitFirm(parts, user, setupToken).catch(async (error) => {
    if (error instanceof ForbiddenError) await endAccess(parts.client, tokens, context);
    throw error;
  });
  const { connections, administrators } = parts.store;
  const previous = await connections.find(firm.id, user.id);
  const connection = await connections.save({
    firmId: firm.id,
    userId: user.id,
    userName: user.name,
    userEmail: user.email,
    token,
  });
  await administrators.setAccountOwner(firm.id, user.id, user.isAccountOwner);
  const isAppointed = await administrators.appointAdmitter(firm.id, user.id);
  const keys = await parts.store.apiKeys.listByFirm(firm.id);
  return {
    connection,
    firm,
    isNew: previous?.state !== "connected",
    isAppointed,
    needsFirstKey: keys.length === 0,
  };
}

const END_ACCESS_TIMEOUT_MS = 3_000;

/** Ends a grant that isn't used. If Clio doesn't do so in time, the user can still remove the app in Clio. */
async function endAccess(client: ClioClient, tokens: TokenProvider, context: RequestContext): Promise<void> {
  const limited = context.fork(END_ACCESS_TIMEOUT_MS);
  try {
    await client.request(tokens, deauthorize, limited);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  } finally {
    limited.close();
  }
}

/** If Clio rejects a token it has just issued, refreshing wouldn't help. */
function newToken(accessToken: string): TokenProvider {
  return {
    getAccessToken: async () => accessToken,
    refreshAccessToken: async () => {
      throw new ClioError("Clio rejected an access token that it had just issued.");
    },
  };
}

/** An invitation is used up only if it admits the firm, not if the firm was already admitted. */
async function findOrAdmitFirm(
  { store, setupToken: expected, region }: ConnectParts,
  { id: userId, account, timeZone }: ClioUser,
  provided: string | null,
): Promise<Firm> {
  const id = firmIdOf(region, account.id);
  const known = await store.firms.find(id);
  const firm = {
    region,
    accountId: account.id,
    name: account.name ?? known?.name ?? "",
    timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : null,
  };
  const permit =
    expected !== null && provided !== null && expected.matches(provided)
      ? { onlyFirst: expected.generated }
      : { onlyFirst: false, invitation: provided };
  const admission = await store.firms.admit(firm, { ...permit, admittedBy: userId });
  const admitted = admission === "refused" ? null : await store.firms.find(id);
  if (admitted) return admitted;
  if (provided === null)
    throw new ForbiddenError(
      "You signed in to Clio, but your firm isn't connected to this service, and nothing was stored. Ask the operator of this service for a setup link. If you also have an account at a firm that is connected, sign in to Clio with that one.",
      {
        title: "Your firm is not connected",
        next: { href: "/connect", label: "Sign in with another account" },
      },
    );
  if (permit.onlyFirst) throw setupLinkUsed();
  throw new ForbiddenError(
    "Your firm isn't connected yet, and this link can't connect it: it is incomplete, was used before, or has expired. Ask the operator of this service for a new one. If you also have an account at a firm that is connected, sign in with that one.",
    {
      title: "This setup link is not valid",
      next: { href: "/connect", label: "Sign in with another account" },
    },
  );
}

/** For the generated setup link, which works once. */
export function setupLinkUsed(): ForbiddenError {
  return new ForbiddenError(
    "The link works for one firm only. To connect your firm, ask the operator of this service for a new link.",
    { title: "This setup link has been used" },
  );
}
