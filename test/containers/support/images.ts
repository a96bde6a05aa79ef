import { readFileSync } from "node:fs";
import { join } from "node:path";
import { APP, bash } from "./shell.ts";

/** Builds the images that the Dockerfile and the compose files name, from Debian packages. */
export async function buildBaseImages(): Promise<void> {
  for (const suite of ["trixie", "forky"])
    await bash(
      `docker image inspect debian:${suite}-slim >/dev/null 2>&1 ||
        docker import -c 'CMD ["bash"]' /lab/base-images/${suite}.tar debian:${suite}-slim`,
    );
  const node = tagOf("Dockerfile", /^FROM node:(\S+)/m);
  const haproxy = tagOf("compose.scale.yaml", /^ *image: haproxy:(\S+)/m);
  const postgres = tagOf("compose.scale.yaml", /^ *image: postgres:(\S+)/m);
  await bash(`docker build -q -t node:${node} /lab/base-images/node`);
  await bash(`docker build -q -t haproxy:${haproxy} /lab/base-images/haproxy`);
  const major = Number.parseInt(postgres, 10);
  await bash(`docker build -q --build-arg MAJOR=${major} -t postgres:${postgres} /lab/base-images/postgres`);
}

/** Removes every container, volume and network. The engine is used for these checks only. */
export async function removeEverything(): Promise<void> {
  await bash(`
    docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
    docker volume prune --all --force
    docker network prune --force`);
}

function tagOf(file: string, line: RegExp): string {
  const tag = line.exec(readFileSync(join(APP, file), "utf8"))?.[1];
  if (tag === undefined) throw new Error(`${file} has no line like ${line}`);
  return tag;
}
