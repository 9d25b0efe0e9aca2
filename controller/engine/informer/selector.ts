// Label selectors, evaluated here for objects we wrote ourselves (the API server evaluates them for everything else).

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Compiles a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined with commas.
 * @throws SyntaxError naming the part that is not understood
 */
export function labelSelector(
  selector: string,
): (labels: Readonly<Record<string, string>> | undefined) => boolean {
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

function requirement(part: string): Requirement {
  const set = /^([^\s!=(),]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(part);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return operator === "in"
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const compared = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/.exec(part);
  if (compared) {
    const [, key = "", operator, value = ""] = compared;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = /^(!?)\s*([^\s!=(),]+)$/.exec(part);
  if (existence) {
    const [, not, key = ""] = existence;
    return (labels) => key in labels !== (not === "!");
  }
  throw new SyntaxError(
    `label selector: cannot read ${JSON.stringify(part)}; use key=value, key!=value, key in (a,b), key or !key`,
  );
}
