import { execFileSync } from "node:child_process";

/** The servers on one core, whatever sends them requests on another, as long as the scope lasts. */
export interface Cores extends Disposable {
  /** False where the machine has one core, or no `taskset`: then everybody runs everywhere. */
  readonly arePinned: boolean;
}

/** Pins the processes `servers` to one core, and `others` and the bench itself to another. */
export function pinned({
  servers,
  others,
}: {
  servers: readonly number[];
  others: readonly number[];
}): Cores {
  const all = ownCores();
  const [one, another] = all;
  if (one === undefined || another === undefined) return { arePinned: false, [Symbol.dispose]() {} };
  const pin = (pids: readonly number[], cores: readonly number[]) => {
    for (const pid of pids) execFileSync("taskset", ["-acp", cores.join(), String(pid)], { stdio: "ignore" });
  };
  pin(servers, [one]);
  pin([...others, process.pid], [another]);
  return { arePinned: true, [Symbol.dispose]: () => pin([...others, process.pid], all) };
}

/** The cores that this process may run on; none where nobody can say. */
function ownCores(): number[] {
  try {
    const told = execFileSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
    const list = told.slice(told.lastIndexOf(":") + 1).trim();
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
  } catch {
    return [];
  }
}
