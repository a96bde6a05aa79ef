/**
 * Who may import whom (CONTRIBUTING.md, "Layout"). A room that is not named in `only` may import any room below it.
 */
const room = (...names) => `^src/(${names.join("|")})(/|\\.ts$)`;

/** A room may import these rooms of src and nothing else of it; packages are free. */
const only = (name, ...allowed) => ({
  name: `${name}-imports`,
  severity: "error",
  from: { path: room(name) },
  to: { path: "^src/", pathNot: [room(name), ...allowed] },
});

export default {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "src-stands-alone",
      comment: "The image carries src and nothing else.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(sandbox|test|testkit|bench)/" },
    },
    {
      name: "sandbox-stands-alone",
      comment:
        "The stand-in for Clio must not share the service's mistakes; only the demo starts the service.",
      severity: "error",
      from: { path: "^sandbox/", pathNot: "^sandbox/demo\\.ts$" },
      to: { path: "^src/" },
    },
    only("audit", room("store", "runtime")),
    only("calls", "^src/directory/directory\\.ts$"),
    only("runtime"),
    only("security"),
    only("clio", room("calls", "runtime", "security", "errors")),
    only("store", room("calls", "security", "runtime")),
    only("connections", room("audit", "clio", "store", "security", "runtime", "errors")),
    only("mirror", room("absences", "clio", "store", "connections", "calls", "runtime", "errors")),
    only("absences", room("clio", "store", "calls", "runtime", "errors")),
    only(
      "directory",
      room("absences", "clio", "store", "calls", "runtime", "errors"),
      "^src/mirror/freshness\\.ts$",
    ),
    only(
      "call-log",
      room("calls", "clio", "connections", "directory", "store", "runtime", "errors"),
      "^src/config/settings\\.ts$",
    ),
    only("config", room("calls"), "^src/clio/subject-types\\.ts$", "^src/store/store-location\\.ts$"),
    only(
      "http",
      room("audit", "connections", "store", "views", "security", "runtime", "errors"),
      "^src/calls/messages\\.ts$",
      "^src/clio/oauth\\.ts$",
    ),
    only(
      "views",
      room("absences", "audit", "call-log", "calls", "directory", "store", "clio"),
      "^src/mirror/mirror-(state|status)\\.ts$",
    ),
    only(
      "routes",
      room(
        "absences",
        "audit",
        "call-log",
        "calls",
        "connections",
        "directory",
        "store",
        "views",
        "http",
        "runtime",
        "errors",
        "container",
      ),
      "^src/clio/(rate-limits|subject-types|web-addresses)\\.ts$",
      "^src/mirror/mirror-state\\.ts$",
    ),
    {
      name: "only-the-root-composes",
      comment: "Everything with a life is made in container.ts. Routes know the type of what it makes.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(server|app|commands/.+|routes/.+)(\\.ts)?$" },
      to: { path: "^src/container\\.ts$" },
    },
    {
      name: "errors-import-nothing-but-codes",
      severity: "error",
      from: { path: "^src/errors\\.ts$" },
      to: { path: "^src/", pathNot: "^src/calls/messages\\.ts$" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js"] },
  },
};
