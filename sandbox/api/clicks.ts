import { readSubjectPath } from "../firms/record-kind.ts";
import type { ClickNonces } from "./click-nonces.ts";
import type { CustomAction, CustomActions } from "./custom-actions.ts";

/** Who clicks what, in a test that has no browser. */
export interface Click {
  userId: number;
  /** `/api/v4/matters/1834567`; sent on as it is, whether there is such a record or not. */
  subjectPath: string;
  /** Default: the user's first custom action on that kind of record. */
  customActionId?: number;
}

/** What Clio does when a user chooses a custom action in the menu of a record. */
export class Clicks {
  readonly #customActions: CustomActions;
  readonly #nonces: ClickNonces;

  constructor(customActions: CustomActions, nonces: ClickNonces) {
    this.#customActions = customActions;
    this.#nonces = nonces;
  }

  /** The URL that a new tab opens: the action's own, and the four parameters with a nonce of this click. */
  urlOf(action: CustomAction, subjectPath: string): string {
    const url = new URL(action.target_url);
    url.searchParams.set("custom_action_id", String(action.id));
    url.searchParams.set("user_id", String(action.user_id));
    url.searchParams.set("subject_url", subjectPath);
    url.searchParams.set("custom_action_nonce", this.#nonces.issue(action.user_id));
    return url.href;
  }

  /** The same for a test; throws where the user has no such custom action. */
  click({ userId, subjectPath, customActionId }: Click): string {
    const reference = `${readSubjectPath(subjectPath)?.kind}/show`;
    const action =
      customActionId === undefined
        ? this.#customActions.of(userId).find(({ ui_reference }) => ui_reference === reference)
        : this.#customActions.get(userId, customActionId);
    if (!action)
      throw new Error(`user ${userId} has no custom action ${customActionId ?? `on ${reference}`}`);
    return this.urlOf(action, subjectPath);
  }
}
