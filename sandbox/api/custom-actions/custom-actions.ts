import { isRecordKind, type UiReference } from "../../firms/record-kind.ts";
import { unprocessable } from "../clio-error.ts";

/** An entry that the app added to one user's record menus. */
export interface CustomAction {
  readonly id: number;
  readonly user_id: number;
  label: string;
  target_url: string;
  ui_reference: UiReference;
  readonly created_at: string;
  updated_at: string;
}

/** A custom action as sent by the app, not validated yet. */
export type CustomActionInput = Partial<Record<"label" | "target_url" | "ui_reference", unknown>>;

/**
 * The app's custom actions. Each belongs to the user whose token created it, and outlives that user's connection.
 * Unique by user, `ui_reference` and label. Source: docs/explanation/how-clio-behaves.md, "Creating custom actions".
 */
export class CustomActions {
  readonly #now: () => number;
  readonly #all = new Map<number, CustomAction>();
  #lastId = 70_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A user's custom actions, oldest first. */
  of(userId: number): CustomAction[] {
    return [...this.#all.values()].filter((action) => action.user_id === userId);
  }

  /** Undefined if it is not this user's. */
  get(userId: number, id: number): CustomAction | undefined {
    const action = this.#all.get(id);
    return action?.user_id === userId ? action : undefined;
  }

  /** Throws a 422 `ClioError` for an invalid value or a duplicate. */
  create(userId: number, input: CustomActionInput): CustomAction {
    const values = this.#validate(userId, input);
    this.#lastId += 1;
    const time = this.#currentTime();
    const action = { id: this.#lastId, user_id: userId, ...values, created_at: time, updated_at: time };
    this.#all.set(action.id, action);
    return action;
  }

  /** Changes the values in `input`. Throws as `create` does. */
  change(action: CustomAction, input: CustomActionInput): void {
    const { label, target_url, ui_reference } = action;
    const values = this.#validate(action.user_id, { label, target_url, ui_reference, ...input }, action);
    Object.assign(action, values, { updated_at: this.#currentTime() });
  }

  delete(action: CustomAction): void {
    this.#all.delete(action.id);
  }

  #validate(userId: number, { label, target_url, ui_reference }: CustomActionInput, current?: CustomAction) {
    if (typeof label !== "string" || label.trim() === "") throw unprocessable("label can't be blank.");
    if (typeof target_url !== "string" || !/^https?:$/.test(URL.parse(target_url)?.protocol ?? "")) {
      throw unprocessable("target_url must be an HTTP or HTTPS URL.");
    }
    if (!isUiReference(ui_reference)) throw unprocessable("ui_reference is not included in the list.");
    const taken = this.of(userId).some(
      (other) => other !== current && other.ui_reference === ui_reference && other.label === label,
    );
    if (taken) throw unprocessable("label has already been taken.");
    return { label, target_url, ui_reference };
  }

  #currentTime(): string {
    return new Date(this.#now()).toISOString();
  }
}

function isUiReference(value: unknown): value is UiReference {
  const [kind, show, ...rest] = typeof value === "string" ? value.split("/") : [];
  return isRecordKind(kind) && show === "show" && rest.length === 0;
}
