// Whether a picture is well-formed SVG that does nothing but show itself.

const TAG = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g;
const ACTIVE = new Set(["script", "foreignObject", "iframe", "animate", "set", "a", "use", "image", "style"]);

/** Everything wrong with an SVG source: markup that is not well-formed, elements and attributes that act or load. */
export function svgFaults(svg: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const rest = svg.replace(TAG, (tag, closing: string, name: string, attributes: string, empty: string) => {
    if (closing !== "") {
      const opened = open.pop();
      if (opened !== name) faults.push(`${tag} closes <${opened ?? "nothing"}>`);
    } else if (empty === "") open.push(name);
    if (ACTIVE.has(name)) faults.push(`${tag} is not a plain drawing`);
    if (/\s(on\w+|(xlink:)?href)=/i.test(attributes)) faults.push(`${tag} acts or leads elsewhere`);
    return "";
  });
  if (/[<>]|&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(rest)) faults.push(`stray markup: ${rest.trim().slice(0, 80)}`);
  if (open.length > 0) faults.push(`never closed: ${open.join(", ")}`);
  if (!/^\s*<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/.test(svg)) faults.push("does not begin with <svg> and its namespace");
  if (!/viewBox="0 0 [\d.]+ [\d.]+"/.test(svg)) faults.push("has no viewBox, so it cannot be scaled");
  return faults;
}
