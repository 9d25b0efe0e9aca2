// Paths of fields: as steps for programs, as `spec.users[0].name` for people. Where they are in a file is locate.ts.

/** Steps from the object's root: a string is a key, a number an index. */
export type FieldPath = readonly (string | number)[];

/** `["spec", "users", 0]` as `spec.users[0]`; keys that are no plain words stand in brackets. */
export function formatPath(path: FieldPath): string {
  let text = "";
  for (const step of path)
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  return text;
}

/**
 * Reads a path as the API server writes it, with the value as a guide: in `spec.ingress.annotations.a.b/c` only the
 * value tells where a key ends. A last key that the value lacks (a missing field) is taken as it stands.
 */
export function parsePath(text: string, value: unknown): FieldPath {
  const path: (string | number)[] = [];
  let rest = text === "<nil>" ? "" : text;
  let at = value;
  while (rest !== "") {
    const index = /^\[(\d+)\]/.exec(rest);
    if (index && Array.isArray(at)) {
      path.push(Number(index[1]));
      at = at[Number(index[1])] as unknown;
      rest = rest.slice(index[0].length);
      continue;
    }
    const { key, length } = nextKey(rest, at);
    path.push(key);
    at = isMapping(at) ? at[key] : undefined;
    rest = rest.slice(length);
  }
  return path;
}

function nextKey(rest: string, at: unknown): { key: string; length: number } {
  const skip = rest.startsWith(".") ? 1 : 0;
  const body = rest.slice(skip);
  const known = isMapping(at) ? Object.keys(at) : [];
  const fits = (spelled: string): boolean =>
    body.startsWith(spelled) && /^($|[.[])/.test(body.slice(spelled.length));
  const longest = known
    .flatMap((key) => [
      { key, spelled: key },
      { key, spelled: `[${key}]` },
    ])
    .filter(({ spelled }) => fits(spelled))
    .sort((a, b) => b.spelled.length - a.spelled.length)[0];
  if (longest) return { key: longest.key, length: skip + longest.spelled.length };
  const word = /^[^.[]+/.exec(body)?.[0] ?? body;
  return { key: word, length: skip + word.length };
}

/** The steps of a JSON pointer (RFC 6901); numbers are taken for indexes. */
export function fromPointer(pointer: string): FieldPath {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((token) => (/^\d+$/.test(token) ? Number(token) : token));
}

/** Does `path` lead to `ancestor` or to something inside it? */
export function isWithin(path: FieldPath, ancestor: FieldPath): boolean {
  return ancestor.every((step, i) => path[i] === step);
}

/** Is `value` a mapping, as opposed to a list, a scalar or nothing? */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined where there is none. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at) && typeof step === "number") at = at[step] as unknown;
    else if (isMapping(at) && Object.hasOwn(at, step)) at = at[step];
    else return undefined;
  }
  return at;
}
