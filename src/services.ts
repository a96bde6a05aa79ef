import type { Logger } from "pino";
import type { ClioClient } from "./clio/client.ts";
import type { ClioOAuth } from "./clio/oauth.ts";
import type { ClioWebAddresses } from "./clio/web-addresses.ts";
import type { OAuthStates } from "./connections/oauth-state.ts";
import type { SetupToken } from "./connections/setup-token.ts";
import type { UserClio } from "./connections/user-clio.ts";
import type { CoverageSnapshots } from "./directory/coverage-snapshots.ts";
import type { Directory } from "./directory/directory.ts";
import type { Sessions } from "./http/session.ts";
import type { SharedGuesses } from "./http/wrong-guesses.ts";
import type { Metrics } from "./metrics.ts";
import type { MirrorKeeper } from "./mirror/mirror-keeper.ts";
import type { WantedMirrors } from "./mirror/what-is-due.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store/store.ts";
import type { Views } from "./views/views.ts";

/** Everything the routes are made from: created at the start, passed in, and closed at the end. */
export interface Services {
  readonly settings: Settings;
  readonly store: Store;
  readonly oauth: ClioOAuth;
  readonly client: ClioClient;
  readonly oauthStates: OAuthStates;
  readonly setupToken: SetupToken | null;
  readonly sessions: Sessions;
  readonly userClio: UserClio;
  readonly webAddresses: ClioWebAddresses;
  readonly directory: Directory;
  readonly keeper: MirrorKeeper;
  /** What the mirrors are to be; null when nothing is kept (`DIRECTORY=live`). */
  readonly wantedMirrors: WantedMirrors | null;
  /** Counts wrong keys for all processes; null where this one is all there is. */
  readonly sharedGuesses: SharedGuesses | null;
  readonly coverage: CoverageSnapshots;
  readonly metrics: Metrics;
  readonly views: Views;
  readonly log: Logger;
  readonly now: () => number;
}
