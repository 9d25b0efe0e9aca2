import { defineConfig } from "vitest/config";

// Unit tests stand beside the file they test; suites that start real processes live under test/.
/** Beside their file all the same, and too slow for every commit: they run with the suites of real processes. */
const STARTS_PROCESSES = [
  "lms/main.test.ts",
  "lms/backup/{archive,corruption,crash,memory,prune,restore,s3,s3-upload}.test.ts",
  "lms/restore/{anonymize-apply,in-place,kill,neighbours,verify,verify-unusual}.test.ts",
];
const results = process.env["PROVOST_TEST_RESULTS"];

export default defineConfig({
  test: {
    passWithNoTests: false,
    // CI adds up the counts of every suite it runs.
    ...(results ? { reporters: ["default", "json"], outputFile: { json: results } } : {}),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{api,controller,lms,sandbox,cli,pulumi,scripts}/**/*.test.ts"],
          exclude: STARTS_PROCESSES,
          // Many of them wait for a process or a timer. In CI other suites run beside them.
          ...(process.env["CI"] ? {} : { maxWorkers: 3 }),
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/{cli,e2e,operator,examples,content,sandbox}/**/*.test.ts", ...STARTS_PROCESSES],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          testTimeout: 300_000,
          // Waits that fail say what for after two minutes; the end of a suite has several.
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: { name: "soak", include: ["test/soak/**/*.test.ts"], fileParallelism: false },
      },
      {
        extends: true,
        test: {
          name: "acto",
          include: ["test/acto/**/*.test.ts"],
          // A test makes a run for every value of its fields.
          testTimeout: 600_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          globalSetup: "test/faults/total.ts",
          // A test makes many runs.
          testTimeout: 900_000,
          maxWorkers: 2,
          maxConcurrency: 100,
        },
      },
    ],
  },
});
