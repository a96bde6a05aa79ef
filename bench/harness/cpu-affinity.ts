import { execFileSync } from "node:child_process";

/** Keeps the measured servers on one core and everything that sends them requests on another, until the scope ends. */
export interface CpuAffinity extends Disposable {
  /** False when the machine has a single core or no `taskset`; all processes then run on any core. */
  readonly isPinned: boolean;
}

/** Pins the processes `servers` to one core, and `others` and this process to another. */
export function pinToCores({
  servers,
  others,
}: {
  servers: readonly number[];
  others: readonly number[];
}): CpuAffinity {
  const all = availableCores();
  const [one, another] = all;
  if (one === undefined || another === undefined) return { isPinned: false, [Symbol.dispose]() {} };
  const pin = (pids: readonly number[], cores: readonly number[]) => {
    for (const pid of pids) execFileSync("taskset", ["-acp", cores.join(), String(pid)], { stdio: "ignore" });
  };
  pin(servers, [one]);
  pin([...others, process.pid], [another]);
  return { isPinned: true, [Symbol.dispose]: () => pin([...others, process.pid], all) };
}

/** The cores that this process may run on; none when they cannot be determined. */
function availableCores(): number[] {
  try {
    const output = execFileSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
    const list = output.slice(output.lastIndexOf(":") + 1).trim();
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
  } catch {
    return [];
  }
}
