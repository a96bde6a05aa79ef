import type { FirmContact, FirmMatter, FirmUser, PhoneNumber } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";
import type { Random } from "../../sandbox/firms/random.ts";
import { KeepAlive } from "../keep-alive.ts";
import type { RecordChange } from "./clio-process.ts";
import type { Target } from "./load.ts";

/** Whom `/route-call` takes for the caller, and who takes the call: Clio's ids. */
export interface Routed {
  readonly contact: number | null;
  readonly matter: number | null;
  readonly staff: number | null;
}

/** A contact who calls from the one number that they have, and is answered with a person. */
export interface Caller extends Routed {
  readonly contact: number;
  readonly matter: number;
  readonly staff: number;
  readonly e164: string;
}

export function routeCallPath(callerId: string): string {
  return `/route-call?caller_id=${encodeURIComponent(callerId)}`;
}

/** Calls of a switchboard: each from a number of the firm by chance, or, as often as is said, from a stranger's. */
export function mixedCalls(
  { numbers, invented }: { numbers: readonly string[]; invented: GeneratedFirm },
  random: Random,
  { count, strangers: share }: { count: number; strangers: number },
): { paths: string[]; strangers: ReadonlySet<string> } {
  const strangers = new Set<string>();
  const paths = Array.from({ length: count }, () => {
    if (!random.chance(share)) return routeCallPath(random.pick(numbers));
    const path = routeCallPath(invented.unusedNumber());
    strangers.add(path);
    return path;
  });
  return { paths, strangers };
}

/** Callers of a firm, for parts that change something about them. */
export class Callers implements Disposable {
  readonly #target: Target;
  readonly #invented: GeneratedFirm;
  readonly #random: Random;
  readonly #client: KeepAlive;
  readonly #contacts: ReadonlyMap<number, FirmContact>;
  readonly #given = new Set<number>();

  constructor(target: Target, invented: GeneratedFirm, random: Random) {
    this.#target = target;
    this.#invented = invented;
    this.#random = random;
    this.#client = new KeepAlive(target.key);
    this.#contacts = new Map(invented.firm.contacts.map((contact) => [contact.id, contact]));
  }

  /** What the service answers to a caller ID. Throws where it is not a 200. */
  async routed(callerId: string): Promise<Routed> {
    const { status, body } = await this.#client.get(this.#target.url + routeCallPath(callerId));
    if (status !== 200) throw new Error(`/route-call answered ${status}: ${body}`);
    const { contact, matter, responsible_staff } = JSON.parse(body).data;
    return {
      contact: contact?.id ?? null,
      matter: matter?.id ?? null,
      staff: responsible_staff?.id ?? null,
    };
  }

  /** So many, each another than those before. */
  async some(count: number): Promise<Caller[]> {
    const callers: Caller[] = [];
    while (callers.length < count) {
      const { id } = this.#random.pick(this.#invented.firm.contacts);
      const [line, ...others] = this.#invented.lines.get(id) ?? [];
      if (!line || others.length > 0 || this.#given.has(id)) continue;
      this.#given.add(id);
      const { contact, matter, staff } = await this.routed(line.e164);
      if (contact !== id || matter === null || staff === null) continue;
      callers.push({ contact, matter, staff, e164: line.e164 });
    }
    return callers;
  }

  /** A number that nobody in the firm has. */
  newNumber(): string {
    return this.#invented.unusedNumber();
  }

  /** Somebody else who can take the call. */
  colleagueOf(userId: number): FirmUser {
    const { users } = this.#invented.firm;
    return this.#random.pick(users.filter(({ id, enabled }) => enabled && id !== userId));
  }

  /** The contact with another number. */
  renumbered({ contact }: Caller, e164: string): RecordChange {
    const [first] = this.#contacts.get(contact)?.phone_numbers ?? [];
    const number = { ...(first as PhoneNumber), number: e164 };
    return { kind: "contact", change: "update", id: contact, record: { phone_numbers: [number] } };
  }

  /** The matter led by somebody else. */
  handedOn({ matter }: Caller, userId: number): RecordChange {
    const record: Partial<FirmMatter> = { responsible_staff_id: userId, responsible_attorney_id: userId };
    return { kind: "matter", change: "update", id: matter, record };
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}
