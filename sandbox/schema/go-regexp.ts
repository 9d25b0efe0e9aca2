// Regular expressions as Go (RE2) writes them, turned into JavaScript ones.

/** The expression is not one that Go accepts, or not one that JavaScript can run the same way. */
export class RegexpError extends Error {
  override readonly name = "RegexpError";
}

const cache = new Map<string, RegExp>();
const cacheLimit = 2000;

/** Compiles a Go regular expression. @throws RegexpError */
export function goRegExp(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known) return known;
  const compiled = compile(pattern);
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

const POSIX: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

function compile(pattern: string): RegExp {
  let flags = "u";
  let rest = pattern;
  const leading = /^\(\?([imsU]+)\)/.exec(rest);
  if (leading?.[1] !== undefined) {
    for (const flag of leading[1]) {
      if (flag === "U")
        throw new RegexpError("error parsing regexp: ungreedy mode (?U) is not supported here");
      if (!flags.includes(flag)) flags += flag;
    }
    rest = rest.slice(leading[0].length);
  }
  try {
    return new RegExp(translate(rest), flags);
  } catch (error) {
    if (error instanceof RegexpError) throw error;
    const reason = error instanceof Error ? error.message.replace(/^.*\/u?[a-z]*: /, "") : String(error);
    throw new RegexpError(`error parsing regexp: ${reason}: \`${pattern}\``);
  }
}

/** Rewrites what the two dialects spell differently; refuses what RE2 has not. */
function translate(source: string): string {
  let out = "";
  let inClass = false;
  // How many flag groups to close with each open group: (?i) in the middle holds to the end of its group.
  const flagGroups = [0];
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "\\") {
      const [text, length] = escape(source, i, inClass);
      out += text;
      i += length - 1;
    } else if (inClass) {
      const posix = char === "[" ? /^\[:(\^?)([a-z]+):\]/.exec(source.slice(i)) : null;
      if (posix) {
        const set = POSIX[posix[2] ?? ""];
        if (set === undefined || posix[1] === "^")
          throw new RegexpError(`error parsing regexp: invalid character class range: \`${posix[0]}\``);
        out += set;
        i += posix[0].length - 1;
      } else if (char === "[") out += "\\[";
      else {
        if (char === "]") inClass = false;
        out += char;
      }
    } else if (char === "[") {
      inClass = true;
      out += char;
      if (source.charAt(i + 1) === "^") out += source.charAt(++i);
      if (source.charAt(i + 1) === "]") {
        out += "\\]";
        i++;
      }
    } else if (char === "(" && source.startsWith("(?", i)) {
      const flags = /^\(\?([ims]*(?:-[ims]+)?)\)/.exec(source.slice(i));
      const [text, length] = flags ? [`(?${flags[1] ?? ""}:`, flags[0].length] : group(source, i);
      if (flags) flagGroups.push((flagGroups.pop() ?? 0) + 1);
      else flagGroups.push(0);
      out += text;
      i += length - 1;
    } else if (char === "(") {
      flagGroups.push(0);
      out += char;
    } else if (char === ")") {
      out += ")".repeat((flagGroups.pop() ?? 0) + 1);
    } else if (char === "{" && exceeds(source.slice(i))) {
      const [repeat] = REPEAT.exec(source.slice(i)) ?? [""];
      throw new RegexpError(`error parsing regexp: invalid repeat count: \`${repeat}\``);
    } else if (char === "{" && !/^\{\d+(,\d*)?\}/.test(source.slice(i))) out += "\\{";
    else if (char === "}" && !/\{\d+(,\d*)?$/.test(source.slice(0, i))) out += "\\}";
    else if (char === "]") out += "\\]";
    else out += char;
  }
  return out + ")".repeat(flagGroups[0] ?? 0);
}

const REPEAT = /^\{(\d+)(?:,(\d*))?\}/;
/** Go takes no more (its package regexp/syntax). */
const MOST_REPEATS = 1_000;

function exceeds(source: string): boolean {
  const [, least = "0", most = ""] = REPEAT.exec(source) ?? [];
  return Number(least) > MOST_REPEATS || Number(most) > MOST_REPEATS;
}

function group(source: string, at: number): [string, number] {
  const rest = source.slice(at);
  if (rest.startsWith("(?:")) return ["(?:", 3];
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return [`(?<${named[1] ?? ""}>`, named[0].length];
  const scoped = /^\(\?[ims]*(-[ims]+)?:/.exec(rest);
  if (scoped) return [scoped[0], scoped[0].length];
  throw new RegexpError(`error parsing regexp: invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``);
}

function escape(source: string, at: number, inClass: boolean): [string, number] {
  const next = source.charAt(at + 1);
  if (next === "") throw new RegexpError("error parsing regexp: trailing backslash at end of expression: ``");
  switch (next) {
    case "A":
      return ["(?<![\\s\\S])", 2];
    case "z":
      return ["(?![\\s\\S])", 2];
    case "a":
      return ["\\x07", 2];
    case "Q": {
      const end = source.indexOf("\\E", at + 2);
      const literal = source.slice(at + 2, end < 0 ? undefined : end);
      return [literal.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&"), literal.length + (end < 0 ? 2 : 4)];
    }
    case "p":
    case "P": {
      const name = /^\\[pP](?:\{(\^?)(\w+)\}|(\w))/.exec(source.slice(at));
      if (!name) throw new RegexpError("error parsing regexp: invalid character class range: `\\p`");
      const negated = (next === "P") !== (name[1] === "^");
      const property = name[2] ?? name[3] ?? "";
      const script = property.length > 2 ? `Script=${property}` : property;
      return [`\\${negated ? "P" : "p"}{${script}}`, name[0].length];
    }
    case "x": {
      const braced = /^\\x\{([0-9A-Fa-f]+)\}/.exec(source.slice(at));
      return braced ? [`\\u{${braced[1] ?? ""}}`, braced[0].length] : ["\\x", 2];
    }
    case "C":
      throw new RegexpError("error parsing regexp: invalid escape sequence: `\\C`");
    default:
  }
  if (/[dDsSwWbBnrtfv]/.test(next)) return [`\\${next}`, 2];
  if (/[0-9A-Za-z]/.test(next))
    throw new RegexpError(`error parsing regexp: invalid escape sequence: \`\\${next}\``);
  // Any punctuation may be escaped in Go; JavaScript's u mode knows only its own.
  if (/[\^$\\.*+?()[\]{}|/]/.test(next) || (inClass && next === "-")) return [`\\${next}`, 2];
  return [next, 2];
}
