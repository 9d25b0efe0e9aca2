// Label selectors, evaluated here for objects we wrote ourselves (the API server evaluates them for everything else).

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/**
 * Compiles a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined with commas.
 * @throws SyntaxError naming the part that is not understood
 */
export function labelSelector(selector: string): (labels: Labels | undefined) => boolean {
  const requirements = split(selector).map(requirement);
  return (labels) => requirements.every((holds) => holds(labels ?? {}));
}

/** Splits at commas outside parentheses. */
function split(selector: string): string[] {
  return selector
    .split(/,(?![^()]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** A label may be called `constructor`, as something is in every object. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function requirement(part: string): Requirement {
  const set = /^([^\s!=<>(),]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(part);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    const among = (labels: Labels): boolean => values.has(labelOf(labels, key) as string);
    return operator === "in" ? among : (labels) => !among(labels);
  }
  const compared = /^([^\s!=<>(),]+)\s*(==|=|!=)\s*([^\s!=<>(),]*)$/.exec(part);
  if (compared) {
    const [, key = "", operator, value = ""] = compared;
    return operator === "!="
      ? (labels) => labelOf(labels, key) !== value
      : (labels) => labelOf(labels, key) === value;
  }
  const existence = /^(!?)\s*([^\s!=<>(),]+)$/.exec(part);
  if (existence) {
    const [, not, key = ""] = existence;
    return (labels) => Object.hasOwn(labels, key) !== (not === "!");
  }
  throw new SyntaxError(
    `label selector: cannot read ${JSON.stringify(part)}; use key=value, key!=value, key in (a,b), key or !key`,
  );
}
