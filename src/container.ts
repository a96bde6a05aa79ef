import type { Logger } from "pino";
import { AbsenceCache } from "./absences/absence-cache.ts";
import { type AuditRetention, AuditSweeper, createAuditRetention } from "./audit/audit-sweeper.ts";
import { createAuditRecorder, type RecordAudit } from "./audit/record-audit.ts";
import { CallRecorder } from "./call-log/call-recorder.ts";
import { CallReporter } from "./call-log/call-reporter.ts";
import { CallSweeper } from "./call-log/call-sweeper.ts";
import { ContactEditor } from "./call-log/contact-editor.ts";
import type { OutboxTimings } from "./call-log/outbox-policy.ts";
import { OutboxWorker } from "./call-log/outbox-worker.ts";
import { createUserContacts, type FindUserContact } from "./call-log/user-contacts.ts";
import { createVisibleCalls, type ReadVisibleCalls } from "./call-log/visible-calls.ts";
import { type ClioClient, createClioClient } from "./clio/client.ts";
import { type ClioOAuth, createClioOAuth } from "./clio/oauth.ts";
import { inMemoryRateLimits } from "./clio/rate-limits.ts";
import { type ClioWebAddresses, clioWebAddresses } from "./clio/web-addresses.ts";
import type { Settings } from "./config/settings.ts";
import { createFirmClio, type FirmClio } from "./connections/firm-clio.ts";
import { createOAuthStates, type OAuthStates } from "./connections/oauth-state.ts";
import { chooseSetupToken, type SetupToken } from "./connections/setup-token.ts";
import { sharedRateLimits } from "./connections/shared-rate-limits.ts";
import { TokenRefresher } from "./connections/token-refresher.ts";
import { createUserClio, type UserClio } from "./connections/user-clio.ts";
import { CoverageReader } from "./directory/coverage/coverage-reader.ts";
import type { Directory, OpenDirectory } from "./directory/directory.ts";
import { createFirmUsers, type ReadFirmUsers } from "./directory/firm-users.ts";
import { createLiveDirectory } from "./directory/live-directory.ts";
import { createMirrorDirectory } from "./directory/mirror-directory.ts";
import { MirrorUsers } from "./directory/mirror-users.ts";
import { type AttemptLimiters, createAttemptLimiters } from "./http/attempt-limits.ts";
import { type Cookies, createCookies } from "./http/cookies.ts";
import { REPORT_DEADLINE_MS } from "./http/deadline.ts";
import { createKnownUsers, type KnownUsers } from "./http/known-users.ts";
import { createSessions, type Sessions } from "./http/session.ts";
import { createSetupLinkCheck, type SetupLinkCheck } from "./http/setup-link-check.ts";
import { createVerifiedClicks, type VerifiedClicks } from "./http/verified-clicks.ts";
import { mirrorFormatVersion } from "./mirror/format-version.ts";
import { MirrorScheduler } from "./mirror/mirror-scheduler.ts";
import { createMirrorStatus, type ReadMirrorStatus } from "./mirror/mirror-status.ts";
import { hourIn, type MirrorRequirements } from "./mirror/next-step.ts";
import { createMetrics, type Metrics } from "./runtime/metrics.ts";
import type { RequestContext } from "./runtime/request-context.ts";
import { withTimeout } from "./runtime/timeout.ts";
import { type AttemptCounts, inMemoryAttemptCounts } from "./store/coordination/attempt-counts.ts";
import { WalCheckpointer } from "./store/db/sqlite/wal-checkpointer.ts";
import { createSealer } from "./store/encryption/sealing.ts";
import type { Connection } from "./store/repositories/connections.ts";
import { openStore, type Store } from "./store/store.ts";
import { createViews, type Views } from "./views/views.ts";

/** The services that routes and commands use. */
export interface Services {
  readonly settings: Settings;
  readonly store: Store;
  readonly oauth: ClioOAuth;
  readonly client: ClioClient;
  readonly oauthStates: OAuthStates;
  readonly setupToken: SetupToken | null;
  readonly cookies: Cookies;
  readonly sessions: Sessions;
  readonly verifiedClicks: VerifiedClicks;
  readonly knownUsers: KnownUsers;
  readonly userClio: UserClio;
  readonly firmClio: FirmClio;
  readonly webAddresses: ClioWebAddresses;
  readonly openDirectory: OpenDirectory;
  /** Opens the firm's directory with the data that one user can see in Clio, independent of the lookup account and the mirror. */
  readonly openUserDirectory: (connection: Connection, context: RequestContext) => Directory;
  readonly readFirmUsers: ReadFirmUsers;
  readonly absenceCache: AbsenceCache;
  readonly mirrorScheduler: MirrorScheduler;
  readonly mirrorStatus: ReadMirrorStatus;
  /** What every mirror must meet; null when nothing is stored (`DIRECTORY=live`). */
  readonly mirrorRequirements: MirrorRequirements | null;
  /** Count across all processes. */
  readonly limiters: AttemptLimiters;
  readonly setupLinkCheck: SetupLinkCheck;
  readonly callRecorder: CallRecorder;
  readonly callReporter: CallReporter;
  /** How long after its body has arrived a report is answered, in milliseconds. */
  readonly reportDeadlineMs: number;
  readonly callSweeper: CallSweeper;
  /** Null on PostgreSQL. */
  readonly walCheckpointer: WalCheckpointer | null;
  /** Calls as a signed-in user may see them. */
  readonly readVisibleCalls: ReadVisibleCalls;
  readonly findUserContact: FindUserContact;
  readonly contactEditor: ContactEditor;
  readonly outboxWorker: OutboxWorker;
  readonly coverage: CoverageReader;
  readonly recordAudit: RecordAudit;
  readonly auditRetention: AuditRetention;
  readonly auditSweeper: AuditSweeper;
  readonly metrics: Metrics;
  readonly views: Views;
  readonly log: Logger;
  readonly now: () => number;
}

export interface ContainerOptions {
  /** The clock, in epoch milliseconds. */
  now?: () => number;
  /** How often the mirrors are checked for work, in milliseconds. */
  pollIntervalMs?: number;
  /** Where attempts are counted. By default in the database if several processes share it, otherwise in memory. */
  attemptCounts?: AttemptCounts;
  /** How old the store's counts in `/metrics` may be, in milliseconds. Default 5,000. */
  metricsMaxAgeMs?: number;
  /** How long after its body has arrived a report is answered, in milliseconds. Default 450. */
  reportDeadlineMs?: number;
  /** Whether to create and repair webhooks. False for a process that can't answer Clio's handshake. */
  managesWebhooks?: boolean;
  /** How long everything about the outbox takes. By default `OUTBOX_TIMINGS`. */
  outboxTimings?: Partial<OutboxTimings>;
  /** Called when this process starts a full sync. */
  onFullSyncStart?: () => void;
  /** Called when this process no longer has a full sync running. */
  onFullSyncEnd?: () => void;
}

export interface Container {
  readonly services: Services;
  /** Ends background work and closes every service. */
  close(): Promise<void>;
}

/** How long background work may take to end. A store that hangs must not delay the exit until a supervisor kills the process. */
const CLOSE_TIMEOUT_MS = 2_500;

/**
 * The composition root: creates every service, and closes every service. The mirror scheduler does nothing until it is
 * started. Throws if the store can't be opened; nothing stays open then.
 */
export async function createContainer(
  settings: Settings,
  log: Logger,
  options: ContainerOptions = {},
): Promise<Container> {
  const {
    now = Date.now,
    metricsMaxAgeMs,
    pollIntervalMs,
    reportDeadlineMs = REPORT_DEADLINE_MS,
    managesWebhooks = true,
    onFullSyncStart,
    onFullSyncEnd,
    outboxTimings,
  } = options;
  const { clio, publicUrl, secretKeys, defaultCountry, timeZone } = settings;
  const sealer = createSealer(secretKeys);
  const store = await openStore(settings.databaseUrl, sealer, now, (sentence) => log.warn(sentence));
  const isShared = settings.databaseUrl.kind === "postgres";
  const walCheckpointer =
    settings.databaseUrl.kind === "sqlite"
      ? new WalCheckpointer({ path: settings.databaseUrl.path, log })
      : null;
  const metrics = createMetrics(store, now, metricsMaxAgeMs);

  const oauth = createClioOAuth({ ...clio, redirectUri: `${publicUrl}/oauth/callback`, now });
  const limits = isShared ? sharedRateLimits(store.rateLimitWindows, now) : inMemoryRateLimits();
  const client = createClioClient(clio.baseUrl, metrics, limits);
  const { connections, locks, auditEvents } = store;
  const recordAudit = createAuditRecorder(auditEvents, log);
  const auditRetention = createAuditRetention(settings.auditDays, now);
  const auditSweeper = new AuditSweeper({ events: auditEvents, retention: auditRetention, log });
  const tokenRefresher = new TokenRefresher({ connections, locks, oauth, recordAudit, metrics, now });
  const userClio = createUserClio(tokenRefresher, client);

  const formatVersion = mirrorFormatVersion(settings);
  const mirrorRequirements =
    settings.directory === "mirror"
      ? { formatVersion, hourAt: hourIn(timeZone), webhookBaseUrl: managesWebhooks ? publicUrl : null }
      : null;
  const mirrorScheduler = new MirrorScheduler({
    store,
    userClio,
    requirements: mirrorRequirements,
    settings,
    log,
    now,
    pollIntervalMs,
    onFullSyncStart,
    onFullSyncEnd,
  });
  const firmClio = createFirmClio(connections, tokenRefresher, client);
  const absenceCache = new AbsenceCache({
    store,
    defaultTimeZone: timeZone,
    readsCalendars: mirrorRequirements !== null,
  });
  const live = { store, absenceCache, relatedCallers: settings.relatedCallers, now };
  const openLive = createLiveDirectory({ ...live, clioOf: firmClio });
  const mirrorUsers = new MirrorUsers(store.mirrorRecords, defaultCountry);
  const openDirectory = mirrorRequirements
    ? createMirrorDirectory({
        ...live,
        openLive,
        upkeep: mirrorScheduler,
        mirrorUsers,
        formatVersion,
        defaultCountry,
      })
    : openLive;
  const readFirmUsers = createFirmUsers({
    mirrorUsers,
    userClio,
    formatVersion: mirrorRequirements && formatVersion,
    now,
  });
  const coverage = new CoverageReader({
    store,
    userClio,
    absenceCache,
    formatVersion: mirrorRequirements && formatVersion,
    settings,
    now,
  });

  const callRecorder = new CallRecorder({
    calls: store.calls,
    onAnswer: (outcome) => metrics.callAnswers.inc({ outcome }),
    onDropped: (answers) => metrics.callAnswersDropped.inc(answers),
    log,
  });
  const outboxWorker = new OutboxWorker({
    store,
    firmClio,
    openDirectory,
    settings,
    onLogged: () => metrics.phoneLogsWritten.inc(),
    log,
    now,
    timings: { ...(pollIntervalMs !== undefined && { tickIntervalMs: pollIntervalMs }), ...outboxTimings },
  });
  const callReporter = new CallReporter({
    reports: store.callReports,
    callRecorder,
    onReported: (firmId) => outboxWorker.schedule(firmId),
    isShared,
    now,
  });
  const callSweeper = new CallSweeper({ store, callLogDays: settings.callLogDays, log, now });

  const cookies = createCookies(publicUrl);
  const setupToken = chooseSetupToken(settings, await store.firms.wasAnyAdmitted(), isShared);
  const defaultCounts = isShared ? store.attemptCounts : inMemoryAttemptCounts(now);
  const limiters = createAttemptLimiters(options.attemptCounts ?? defaultCounts, now);
  const setupLinkCheck = createSetupLinkCheck({ invitations: store.invitations, setupToken, limiters });

  const openUserDirectory: Services["openUserDirectory"] = (connection, context) =>
    createLiveDirectory({ ...live, clioOf: () => userClio(connection) })(connection.firmId, context);

  const services: Services = {
    settings,
    store,
    oauth,
    client,
    oauthStates: createOAuthStates(secretKeys, store.usedStates, now),
    setupToken,
    cookies,
    sessions: createSessions({ secretKeys, cookies, revokedSessions: store.revokedSessions, now }),
    verifiedClicks: createVerifiedClicks({ secretKeys, cookies, now }),
    knownUsers: createKnownUsers({ secretKeys, cookies, now }),
    userClio,
    firmClio,
    webAddresses: clioWebAddresses(clio.baseUrl),
    openDirectory,
    openUserDirectory,
    readFirmUsers,
    absenceCache,
    mirrorScheduler,
    mirrorStatus: createMirrorStatus({ store, publicUrl, requirements: mirrorRequirements, now }),
    mirrorRequirements,
    limiters,
    setupLinkCheck,
    coverage,
    callRecorder,
    callReporter,
    reportDeadlineMs,
    callSweeper,
    walCheckpointer,
    readVisibleCalls: createVisibleCalls({ userClio, openUserDirectory, settings }),
    findUserContact: createUserContacts(userClio),
    contactEditor: new ContactEditor({ userClio, openUserDirectory, locks, settings }),
    outboxWorker,
    recordAudit,
    auditRetention,
    auditSweeper,
    metrics,
    views: createViews(),
    log,
    now,
  };

  async function close(): Promise<void> {
    coverage.close();
    setupLinkCheck.close();
    const idle = Promise.all([
      callReporter.close(),
      callRecorder.close(),
      callSweeper.close(),
      outboxWorker.close(),
      mirrorScheduler.close(),
      auditSweeper.close(),
      tokenRefresher.idle(),
    ]);
    await withTimeout<unknown>(idle, CLOSE_TIMEOUT_MS, () => {});
    client.close();
    await walCheckpointer?.close();
    await store.close();
  }

  return { services, close };
}
