// Which runs are made. Every request of the undisturbed run is a place for a fault; without PROVOST_FAULTS=all only some
// places of each scenario and fault are taken, always the same, evenly spread over the run. Pure but for the environment.
import { type Fault, FAULTS } from "./faults.ts";
import { type Asked, askedText } from "./request.ts";

const ALL = process.env["PROVOST_FAULTS"] === "all";
/** Name of the one run to make; see {@link runName}. */
const ONLY = process.env["PROVOST_FAULT"];
/** Places of one scenario and fault, unless all are wanted. */
const SAMPLE = 6;

/** `Course create | crash after | PUT lms/courses/basics #1`. */
export function runName(scenario: string, fault: string, place: string): string {
  return `${scenario} | ${fault} | ${place}`;
}

/** How to make one run again, as a line for the shell. */
export function again(name: string): string {
  return `PROVOST_FAULT='${name}' npm run test:faults`;
}

/** Whether any run of this scenario and fault is wanted. */
export function isWanted(scenario: string, fault: string): boolean {
  return ONLY === undefined || ONLY.startsWith(runName(scenario, fault, ""));
}

/** The places that are taken, of those there are. */
export function chosen<P>(
  scenario: string,
  fault: string,
  places: readonly P[],
  nameOf: (place: P) => string,
): P[] {
  if (ONLY !== undefined) return places.filter((place) => runName(scenario, fault, nameOf(place)) === ONLY);
  if (ALL || places.length <= SAMPLE) return [...places];
  // Another offset for each fault: together they reach more of the run than each alone.
  const offset = FAULTS.findIndex(({ name }) => name === fault) + 1;
  const step = places.length / SAMPLE;
  return Array.from(
    { length: SAMPLE },
    (_, n) => places[Math.floor(n * step + (offset * step) / (FAULTS.length + 1))] as P,
  );
}

/** Places of a recording where the fault can happen and is wanted. */
export function placesOf(scenario: string, fault: Fault, asked: readonly Asked[]): Asked[] {
  return chosen(
    scenario,
    fault.name,
    asked.filter((one) => fault.suits(one)),
    askedText,
  );
}
