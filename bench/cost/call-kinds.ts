import { createHmac } from "node:crypto";
import { seededRandom } from "../../sandbox/firms/random.ts";
import type { LargeFirm } from "../calls/large-firm.ts";
import type { RawConnection } from "../harness/load/raw-connection.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";

/** Builds the next request; null when there are no more. */
export type NextRequest = (connection: RawConnection) => string | null;

/** A kind of request whose cost is measured. */
export interface CallKind {
  readonly name: string;
  /** The path without the query string, for the baseline. */
  readonly route: string;
  /** Makes new requests, which can be sent once. */
  prepare(): Promise<NextRequest>;
  /** Whether the service goes on working after its response. */
  readonly hasBackgroundWork?: boolean;
  /** What the ratio to the baseline's CPU time should be. */
  readonly minShare?: number;
}

const CLICKS = 300;

/** Every kind of request to a firm with a complete mirror, from the cheapest layer to whole answers. */
export function callKinds({ clio, target, generated, numbers }: LargeFirm): CallKind[] {
  const random = seededRandom(1);
  const { contacts, matters, users } = generated.firm;
  const get = (nextPath: () => string) => async (): Promise<NextRequest> => {
    return (connection) => connection.buildRequest(nextPath(), target.key);
  };

  return [
    { name: "/healthz", route: "/healthz", prepare: get(() => "/healthz") },
    {
      name: "/route-call, withheld number",
      route: "/route-call",
      prepare: get(() => routeCallPath("anonymous")),
    },
    {
      name: "/lookup-contact",
      route: "/lookup-contact",
      prepare: get(() => `/lookup-contact?phone=${encodeURIComponent(random.pick(numbers))}`),
    },
    {
      name: "/route-call, whole number",
      route: "/route-call",
      prepare: get(() => routeCallPath(random.pick(numbers))),
      minShare: 0.2,
    },
    {
      name: "/responsible-staff",
      route: "/responsible-staff",
      prepare: get(() => `/responsible-staff?clio_contact_id=${random.pick(contacts).id}`),
    },
    {
      name: "/clio-action, without Clio's own time",
      route: "/clio-action",
      async prepare() {
        const userId = users[0]?.id ?? 0;
        const paths: string[] = [];
        for (let click = 0; click < CLICKS; click += 1)
          paths.push(await clio.click({ userId, subjectPath: `/api/v4/matters/${random.pick(matters).id}` }));
        return (connection) => {
          const path = paths.pop();
          return path === undefined ? null : connection.buildRequest(path, "");
        };
      },
    },
    {
      name: "webhook delivery, with the reading that follows",
      route: "/webhooks/clio/:webhook",
      hasBackgroundWork: true,
      async prepare() {
        const webhooks = await clio.webhooks();
        const webhook = webhooks.find(({ model }) => model === "contact");
        if (!webhook) throw new Error("the service has not created its webhooks");
        const { pathname } = new URL(webhook.url);
        return (connection) => {
          const body = JSON.stringify({
            data: { id: random.pick(contacts).id },
            meta: { event: "updated", webhook_id: webhook.id },
          });
          const signature = createHmac("sha256", webhook.shared_secret).update(body).digest("hex");
          const headers = { "Content-Type": "application/json", "X-Hook-Signature": signature };
          return connection.buildPost(pathname, headers, body);
        };
      },
    },
  ];
}
