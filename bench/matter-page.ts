import { exampleCases } from "../sandbox/firms/example-firm.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { type Figure, quantile } from "./figure.ts";
import { KeepAlive } from "./keep-alive.ts";
import { startServiceProcess } from "./processes.ts";

const WARM_UP = 50;
const CLICKS = 300;

/**
 * What the page for a matter costs beside Clio's own time: each click is followed by the very requests that it made of
 * the sandbox, sent directly. The sandbox runs in the bench's own process, which does the clicking.
 */
export async function matterPage(): Promise<Figure[]> {
  const sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
  try {
    await using service = await startServiceProcess(sandbox.url);
    await service.connectFirm();
    const { janeDoe } = exampleCases;
    const userId = janeDoe.responsibleStaffId;
    const subjectPath = `/api/v4/matters/${janeDoe.matterId}`;
    using browser = new KeepAlive("");
    using direct = new KeepAlive(sandbox.issueToken(userId).access_token);
    const own: number[] = [];
    let most = 0;

    for (let click = 0; click < WARM_UP + CLICKS; click += 1) {
      const clicked = new URL(sandbox.click({ userId, subjectPath }));
      const before = sandbox.requests.length;
      const page = await browser.get(`${service.url}${clicked.pathname}${clicked.search}`);
      if (page.status !== 200) throw new Error(`the page answered ${page.status}`);
      const asked = sandbox.requests.slice(before).map(({ path }) => path);
      let clio = 0;
      for (const path of asked) {
        // The nonce is used up; Clio's time for the record is the same without it.
        const url = new URL(path, sandbox.url);
        url.searchParams.delete("custom_action_nonce");
        clio += (await direct.get(url.href)).ms;
      }
      if (click < WARM_UP) continue;
      own.push(page.ms - clio);
      most = Math.max(most, asked.length);
    }
    return [
      { name: "the page for a matter, most requests to Clio", value: most, unit: "", target: { atMost: 2 } },
      {
        name: "its time beside Clio's, median",
        value: quantile(own, 0.5),
        unit: "ms",
        target: { atMost: 5 },
      },
      { name: "its time beside Clio's, p95", value: quantile(own, 0.95), unit: "ms" },
    ];
  } finally {
    await sandbox.close();
  }
}
