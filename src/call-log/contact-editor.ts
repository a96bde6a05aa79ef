import { LRUCache } from "lru-cache";
import { contactsWithNumber } from "../calls/matching/contacts-with-number.ts";
import type { CountryCode } from "../calls/matching/phone-number.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import { addPhoneNumber, createPerson } from "../clio/resources/contacts.ts";
import type { UserClio } from "../connections/user-clio.ts";
import type { Directory } from "../directory/directory.ts";
import { ClioNotConnectedError, ClioPermissionError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Locks } from "../store/coordination/locks.ts";
import type { Connection } from "../store/repositories/connections.ts";

interface ContactEditorParts {
  readonly userClio: UserClio;
  readonly openUserDirectory: (connection: Connection, context: RequestContext) => Directory;
  readonly locks: Locks;
  readonly settings: { readonly defaultCountry: CountryCode };
}

const REFUSAL_REMEMBERED_MS = 60 * 60_000;
const MAX_REMEMBERED_REFUSALS = 1_000;

/**
 * Changes contacts in Clio as the signed-in user, so that Clio decides what the user may do. Methods throw as
 * `ClioAccess.request` does.
 *
 * Clio neither looks for duplicates nor recognizes a repeated request. So one change of a number is made at a time, and only
 * if no contact that the user sees has the number yet.
 */
export class ContactEditor {
  readonly #parts: ContactEditorParts;
  /** Clio doesn't say what a user may write before something is written. */
  readonly #refusals = new LRUCache<string, true>({
    max: MAX_REMEMBERED_REFUSALS,
    ttl: REFUSAL_REMEMBERED_MS,
  });

  constructor(parts: ContactEditorParts) {
    this.#parts = parts;
  }

  /** Whether Clio hasn't refused a change by this user in the last hour. */
  mayWrite(connection: Connection): boolean {
    return !this.#refusals.has(keyOf(connection));
  }

  /** Adds a number to a contact. @returns false, without effect, if the contact has it */
  addNumber(
    connection: Connection,
    contactId: number,
    e164: string,
    context: RequestContext,
  ): Promise<boolean> {
    return this.#write(connection, e164, async () => {
      const owners = await this.#contactsWith(connection, e164, context);
      if (owners.some(({ id }) => id === contactId)) return false;
      await addPhoneNumber(this.#parts.userClio(connection), contactId, e164, context);
      return true;
    });
  }

  /** Creates a person with a number. @returns the contact's ID; null, without effect, if a contact has the number */
  createPerson(
    connection: Connection,
    name: { readonly firstName: string; readonly lastName: string },
    e164: string,
    context: RequestContext,
  ): Promise<number | null> {
    return this.#write(connection, e164, async () => {
      if ((await this.#contactsWith(connection, e164, context)).length > 0) return null;
      return createPerson(this.#parts.userClio(connection), { ...name, phoneNumber: e164 }, context);
    });
  }

  async #contactsWith(connection: Connection, e164: string, context: RequestContext) {
    const { openUserDirectory, settings } = this.#parts;
    const lastFour = e164.slice(-4);
    const found = await openUserDirectory(connection, context).contactsByNumber({ lastFour, e164 });
    return contactsWithNumber({ kind: "whole", e164, lastFour }, found, settings.defaultCountry).candidates;
  }

  async #write<T>(connection: Connection, e164: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#parts.locks.withLock(`contact ${connection.firmId} ${e164}`, work);
    } catch (error) {
      if (error instanceof ClioPermissionError) this.#refusals.set(keyOf(connection), true);
      if (error instanceof GrantRevokedError)
        throw new ClioNotConnectedError("Your access was removed in Clio. Sign in again.", { cause: error });
      throw error;
    }
  }
}

function keyOf({ firmId, userId }: Connection): string {
  return `${firmId} ${userId}`;
}
