// `npm run bench:scale`: what a fleet of sites costs the operator, measured at two sizes and continued in a straight line
// to 1,000 tenants with 100,000 courses and 1,000,000 bindings.
import { parseArgs } from "node:util";
import { type Measured, measure } from "./scale/measure.ts";

const HELP = `bench:scale: what a fleet costs the operator

  npm run bench:scale [-- --sizes N,N] [--courses N] [--bindings N] [--course-kib N] [--resync SECONDS] [--output json]

  --sizes N,N       tenants of the two measured fleets (default 4,8)
  --courses N       courses of each tenant (default 100)
  --bindings N      bindings of each course (default 10)
  --course-kib N    size of each course (default 20)
  --resync SECONDS  length of the round in which everything is looked at once (default 30)

The sandbox's API server and the real operator (with the image's flags for node) are processes of their own; pods are reported as running by the bench, and
the LMSes are simulated: they keep the digests of the documents they are given.

Keys of the JSON object: \`measured\`, one object for each size, and \`extrapolated\`, the straight line through them at
1,000 tenants. In each:
  build_s, build_requests, build_lms_calls   the operator meets a fleet that is declared and not there yet
  restart_synced_s, restart_settled_s        an operator starts beside a fleet as declared: caches filled; all looked at
  restart_requests, _writes, _lms_calls      what it asked for that
  heap_mib, rss_mib                          what it holds then
  round_cpu_s, round_requests, round_writes, round_lms_calls   each time every object is looked at once (resync)`;

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "4,8" },
    courses: { type: "string", default: "100" },
    bindings: { type: "string", default: "10" },
    "course-kib": { type: "string", default: "20" },
    resync: { type: "string", default: "30" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const TENANTS = 1_000;
const measured: Measured[] = [];
for (const tenants of values.sizes.split(",").map(Number)) {
  if (values.output !== "json") console.error(`measuring ${tenants} tenants…`);
  measured.push(
    await measure(
      {
        tenants,
        courses: Number(values.courses),
        bindings: Number(values.bindings),
        courseBytes: Number(values["course-kib"]) * 1024,
      },
      Number(values.resync) * 1000,
    ),
  );
}
const [small, large] = measured;
if (!small || !large) throw new RangeError("--sizes: two sizes with a comma between, e.g. 4,8");

/** The straight line through the two sizes. */
function extrapolated(one: Measured, other: Measured): Measured {
  const at = (key: keyof Measured): number => {
    const slope = (other[key] - one[key]) / (other.tenants - one.tenants);
    return Math.max(0, one[key] + slope * (TENANTS - one.tenants));
  };
  return Object.fromEntries(
    Object.keys(one).map((key) => [key, at(key as keyof Measured)]),
  ) as unknown as Measured;
}

const far = extrapolated(small, large);
if (values.output === "json") console.log(JSON.stringify({ measured, extrapolated: far }));
else {
  const width = Math.max(...Object.keys(far).map((key) => key.length));
  console.log(
    `${"".padEnd(width)}  ${"measured".padStart(12)}  ${"measured".padStart(12)}  ${"extrapolated".padStart(14)}`,
  );
  for (const key of Object.keys(far) as (keyof Measured)[]) {
    const cell = (value: number, size: number): string =>
      (value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2)).padStart(size);
    console.log(
      `${key.padEnd(width)}  ${cell(small[key], 12)}  ${cell(large[key], 12)}  ${cell(far[key], 14)}`,
    );
  }
}
