import type { FirmContact, FirmMatter, FirmUser, PhoneNumber } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";
import type { Random } from "../../sandbox/firms/random.ts";
import type { RecordChange } from "../harness/generated-sandbox.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import type { Target } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";

/** The IDs in an answer of `/route-call`. */
export interface Routed {
  readonly contact: number | null;
  readonly matter: number | null;
  readonly staff: number | null;
}

/** A contact with a single number, whose calls are routed to a person. */
export interface Caller extends Routed {
  readonly contact: number;
  readonly matter: number;
  readonly staff: number;
  readonly e164: string;
}

/** Picks callers of a firm, and builds the changes that a benchmark makes to them. */
export class Callers implements Disposable {
  readonly #target: Target;
  readonly #generated: GeneratedFirm;
  readonly #random: Random;
  readonly #client: KeepAliveClient;
  readonly #contacts: ReadonlyMap<number, FirmContact>;
  readonly #picked = new Set<number>();

  constructor(target: Target, generated: GeneratedFirm, random: Random) {
    this.#target = target;
    this.#generated = generated;
    this.#random = random;
    this.#client = new KeepAliveClient(target.key);
    this.#contacts = new Map(generated.firm.contacts.map((contact) => [contact.id, contact]));
  }

  /** Asks the service to route a call. Throws when the status is not 200. */
  async route(callerId: string): Promise<Routed> {
    const { status, body } = await this.#client.get(this.#target.url + routeCallPath(callerId));
    if (status !== 200) throw new Error(`/route-call responded with ${status}: ${body}`);
    const { contact, matter, responsible_staff } = JSON.parse(body).data;
    return {
      contact: contact?.id ?? null,
      matter: matter?.id ?? null,
      staff: responsible_staff?.id ?? null,
    };
  }

  /** Picks callers, none of them twice. */
  async pick(count: number): Promise<Caller[]> {
    const callers: Caller[] = [];
    while (callers.length < count) {
      const { id } = this.#random.pick(this.#generated.firm.contacts);
      const [line, ...others] = this.#generated.lines.get(id) ?? [];
      if (!line || others.length > 0 || this.#picked.has(id)) continue;
      this.#picked.add(id);
      const { contact, matter, staff } = await this.route(line.e164);
      if (contact !== id || matter === null || staff === null) continue;
      callers.push({ contact, matter, staff, e164: line.e164 });
    }
    return callers;
  }

  /** A number that no contact of the firm has. */
  newNumber(): string {
    return this.#generated.unusedNumber();
  }

  /** Another enabled user. */
  colleagueOf(userId: number): FirmUser {
    const { users } = this.#generated.firm;
    return this.#random.pick(users.filter(({ id, enabled }) => enabled && id !== userId));
  }

  /** Gives the contact another number. */
  renumber({ contact }: Caller, e164: string): RecordChange {
    const [first] = this.#contacts.get(contact)?.phone_numbers ?? [];
    const number = { ...(first as PhoneNumber), number: e164 };
    return { kind: "contact", change: "update", id: contact, record: { phone_numbers: [number] } };
  }

  /** Makes another user responsible for the caller's matter. */
  reassign({ matter }: Caller, userId: number): RecordChange {
    const record: Partial<FirmMatter> = { responsible_staff_id: userId, responsible_attorney_id: userId };
    return { kind: "matter", change: "update", id: matter, record };
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}
