// The arrows of the house (docs/adr/0001): who may import whom. `npm run lint:arrows` enforces them.
const only = (from, allowed, comment) => ({
  name: `${from}-imports`,
  severity: "error",
  comment,
  from: { path: `^${from}/` },
  to: { path: "^(api|controller|lms|sandbox|cli|pulumi|test|scripts)/", pathNot: `^(${allowed.join("|")})/` },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only("api", ["api"], "api is the source of truth and imports nothing of ours"),
    {
      name: "engine-imports",
      severity: "error",
      comment: "the engine knows no LMS word; it could be a library of its own",
      from: { path: "^controller/engine/" },
      to: { path: "^(api|controller|lms|sandbox|cli|pulumi|test|scripts)/", pathNot: "^controller/engine/" },
    },
    only("controller", ["controller", "api"], "controller and lms meet over HTTP only"),
    only("lms", ["lms", "api"], "the runtime knows no Kubernetes word"),
    only("sandbox", ["sandbox"], "the sandbox reads CRDs and knows nothing of LMS tenants"),
    only("pulumi", ["pulumi", "api"], "pulumi imports api only"),
    {
      name: "no-dev-deps-in-product",
      severity: "error",
      from: {
        path: "^(api|controller|lms|sandbox|cli|pulumi)/",
        pathNot: "(\\.test\\.ts$|/testing[-a-z]*(/|\\.ts$))",
      },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
