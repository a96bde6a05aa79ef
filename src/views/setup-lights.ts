import type { CallOutcome } from "../calls/call-record.ts";
import { isTemporary, type MirrorState } from "../mirror/mirror-state.ts";
import type { MirrorStatus } from "../mirror/mirror-status.ts";
import type { Connection, UnreadableConnection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import { describeChangeDelivery } from "./change-delivery-text.ts";
import type { CustomActionsState } from "./custom-actions-state.ts";
import { formatCountOf, formatUser } from "./format.ts";

/** `off` is something that this firm doesn't need. */
export type LightColor = "good" | "busy" | "attention" | "off";

/** One line of a firm's status. */
export interface Light {
  readonly id: "connection" | "directory" | "changes" | "menu" | "request";
  readonly label: string;
  readonly color: LightColor;
  readonly text: string;
  /** A time that continues the text, in epoch milliseconds. */
  readonly at: number | null;
}

/** The color in a word. */
export const LIGHT_WORDS: Readonly<Record<LightColor, string>> = {
  good: "OK",
  busy: "In progress",
  attention: "Needs attention",
  off: "Not needed",
};

/** The last request from Upfirst. */
export interface LastRequest {
  /** Epoch milliseconds. */
  readonly at: number;
  /** How it was answered; null if that isn't recorded. */
  readonly answer: {
    readonly outcome: CallOutcome;
    /** The name of the person who takes the call. */
    readonly person: string | null;
    /** The code of the error (docs/reference/errors.md). */
    readonly errorCode: string | null;
  } | null;
}

/** What is known without asking Clio. */
export interface StatusFacts {
  readonly firm: Firm;
  readonly connections: readonly (Connection | UnreadableConnection)[];
  readonly lookupUserId: number | null;
  readonly hasKey: boolean;
  /** Null if there was none. */
  readonly lastRequest: LastRequest | null;
  readonly directory: MirrorStatus;
}

/** The lights that don't need Clio, so that a page can ask for them every few seconds. */
export function statusLights(facts: StatusFacts): Light[] {
  return [
    connectionLight(facts),
    directoryLight(facts.directory.state),
    changesLight(facts.directory),
    requestLight(facts),
  ];
}

export function menuLight({ records, problem }: CustomActionsState): Light {
  const light = { id: "menu", label: "Menu entries in your Clio", at: null } as const;
  if (problem) return { ...light, color: "attention", text: "Couldn't check" };
  const missing = records.filter(({ wanted, installed }) => wanted && !installed);
  if (missing.length === 0) return { ...light, color: "good", text: "Installed" };
  const kinds = missing.map(({ kind }) => kind).join(", ");
  return { ...light, color: "attention", text: `Missing for ${kinds}` };
}

function connectionLight({ connections, lookupUserId }: StatusFacts): Light {
  const light = { id: "connection", label: "Lookup account", at: null } as const;
  const lookupAccount = connections.find(({ userId }) => userId === lookupUserId);
  if (!lookupAccount) return { ...light, color: "attention", text: "None: the receptionist takes messages" };
  const lost = connections.filter(({ state }) => state !== "connected").length;
  const name = formatUser(lookupAccount);
  if (lost === 0) return { ...light, color: "good", text: name };
  return { ...light, color: "attention", text: `${name}. ${formatCountOf(lost, "other user")} lost access` };
}

function directoryLight(state: MirrorState): Light {
  const light = { id: "directory", label: "Contacts and matters", at: null } as const;
  switch (state.phase) {
    case "live":
      return { ...light, color: "good", text: "Looked up in Clio on every call" };
    case "nobody_connected":
      return { ...light, color: "attention", text: "No user is connected" };
    case "first_read": {
      if (state.lastErrorCode && !isTemporary(state.lastErrorCode))
        return { ...light, color: "attention", text: "First sync needs attention" };
      const { read, total } = state.reading;
      const percent = total ? `: ${Math.floor((read / total) * 100)}%` : "";
      return { ...light, color: "busy", text: `First sync running${percent}` };
    }
    case "ready":
      return { ...light, color: "good", text: "Up to date, checked", at: state.checkedAt };
    case "behind":
      return { ...light, color: "attention", text: "Copy as of", at: state.checkedAt };
    case "too_old":
      return { ...light, color: "attention", text: "Out of date: calls are looked up in Clio" };
  }
}

function changesLight({ state, changes }: MirrorStatus): Light {
  const light = { id: "changes", label: "Changes in Clio", at: null } as const;
  if (state.phase === "live") return { ...light, color: "off", text: "No copy to update" };
  const { short } = describeChangeDelivery(changes);
  if (changes === "webhooks") return { ...light, color: "good", text: short };
  return { ...light, color: changes === "waiting_for_handshake" ? "busy" : "attention", text: short };
}

function requestLight({ lastRequest, hasKey }: StatusFacts): Light {
  const light = { id: "request", label: "Last request from Upfirst", at: lastRequest?.at ?? null } as const;
  if (!hasKey)
    return { ...light, color: "attention", text: lastRequest ? "No key. Last request:" : "No key yet" };
  if (!lastRequest) return { ...light, color: "attention", text: "None yet" };
  const isFailed = lastRequest.answer?.outcome === "error";
  return { ...light, color: isFailed ? "attention" : "good", text: isFailed ? "Failed" : "" };
}
