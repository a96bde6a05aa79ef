import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY_ROOT } from "../testkit/repository-root.ts";

interface LockedPackage {
  version: string;
  integrity?: string;
  link?: true;
  hasInstallScript?: true;
  bin?: Record<string, string>;
}

const read = (path: string) => JSON.parse(readFileSync(join(REPOSITORY_ROOT, path), "utf8"));
const locked = Object.entries<LockedPackage>(read("package-lock.json").packages);
const runtime = read("runtime/package.json");

test("every installed package is pinned by its integrity", () => {
  const installed = locked.filter(([path, { link }]) => path.startsWith("node_modules/") && !link);
  expect(installed.length).toBeGreaterThan(200);
  expect(installed.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))).toEqual([]);
});

test("no package may run a script when it is installed", () => {
  const { allowScripts } = read("package.json");
  expect(Object.values(allowScripts)).not.toContain(true);
});

test("the Node that the tests run on is one of the pinned packages", ({ skip }) => {
  const binaries = locked.filter(([, { bin }]) => bin?.node);
  expect(binaries.map(([path]) => path.replace("node_modules/", ""))).toEqual(
    Object.keys(runtime.optionalDependencies),
  );
  for (const [, { version }] of binaries) expect(version).toBe(runtime.version);
  const platform = process.platform === "win32" ? "win" : process.platform;
  skip(!runtime.optionalDependencies[`node-${platform}-${process.arch}`], "no package for this platform");
  expect(process.version).toBe(`v${runtime.version}`);
});
