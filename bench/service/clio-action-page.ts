import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";

const WARM_UP_CLICKS = 50;
const CLICKS = 300;

/**
 * The latency that the service adds to Clio's own on the custom action page of a matter. Each click is followed by the
 * baseline: the requests that the service made to the sandbox for it, sent directly. The sandbox runs in this process.
 */
export async function clioActionPage(): Promise<Measurement[]> {
  const sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
  try {
    await using service = await startServiceProcess(sandbox.url);
    await service.connectFirm();
    const { janeDoe } = exampleCases;
    const userId = janeDoe.responsibleStaffId;
    const subjectPath = `/api/v4/matters/${janeDoe.matterId}`;
    using browser = new KeepAliveClient("");
    using direct = new KeepAliveClient(sandbox.issueToken(userId).access_token);
    const added: number[] = [];
    let maxRequests = 0;

    for (let click = 0; click < WARM_UP_CLICKS + CLICKS; click += 1) {
      const clicked = new URL(sandbox.click({ userId, subjectPath }));
      const before = sandbox.requests.length;
      const page = await browser.get(`${service.url}${clicked.pathname}${clicked.search}`);
      if (page.status !== 200) throw new Error(`the page responded with ${page.status}`);
      const paths = sandbox.requests.slice(before).map(({ path }) => path);
      let clioMs = 0;
      for (const path of paths) {
        // The nonce is used up. Without it, Clio takes as long for the record.
        const url = new URL(path, sandbox.url);
        url.searchParams.delete("custom_action_nonce");
        clioMs += (await direct.get(url.href)).ms;
      }
      if (click < WARM_UP_CLICKS) continue;
      added.push(page.ms - clioMs);
      maxRequests = Math.max(maxRequests, paths.length);
    }
    return [
      { name: "Clio requests per page, max", value: maxRequests, unit: "", target: { atMost: 2 } },
      {
        name: "added latency, median",
        value: quantile(added, 0.5),
        unit: "ms",
        target: { atMost: 5 },
      },
      { name: "added latency, p95", value: quantile(added, 0.95), unit: "ms" },
    ];
  } finally {
    await sandbox.close();
  }
}
