import { parseSubjectPath } from "../../firms/record-kind.ts";
import type { CustomActionNonces } from "./custom-action-nonces.ts";
import type { CustomAction, CustomActions } from "./custom-actions.ts";

/** A click in a test without a browser. */
export interface Click {
  userId: number;
  /** Such as `/api/v4/matters/1834567`. Sent as it is, even if there is no such record. */
  subjectPath: string;
  /** Default: the user's first custom action for this kind of record. */
  customActionId?: number;
}

/** The URLs that Clio opens when a user chooses a custom action in a record's menu. */
export class CustomActionLinks {
  readonly #customActions: CustomActions;
  readonly #nonces: CustomActionNonces;

  constructor(customActions: CustomActions, nonces: CustomActionNonces) {
    this.#customActions = customActions;
    this.#nonces = nonces;
  }

  /** The custom action's target URL with Clio's four parameters, including a new nonce. */
  build(action: CustomAction, subjectPath: string): string {
    const url = new URL(action.target_url);
    url.searchParams.set("custom_action_id", String(action.id));
    url.searchParams.set("user_id", String(action.user_id));
    url.searchParams.set("subject_url", subjectPath);
    url.searchParams.set("custom_action_nonce", this.#nonces.issue(action.user_id));
    return url.href;
  }

  /** The same for a test. Throws when the user has no such custom action. */
  click({ userId, subjectPath, customActionId }: Click): string {
    const reference = `${parseSubjectPath(subjectPath)?.kind}/show`;
    const action =
      customActionId === undefined
        ? this.#customActions.of(userId).find(({ ui_reference }) => ui_reference === reference)
        : this.#customActions.get(userId, customActionId);
    if (!action)
      throw new Error(`user ${userId} has no custom action ${customActionId ?? `on ${reference}`}`);
    return this.build(action, subjectPath);
  }
}
