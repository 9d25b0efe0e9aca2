import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderInline, renderMarkdown } from "./index.ts";

const files = new Set(["images/map.svg", "data.csv"]);
const fileUrl = (path: string) => (files.has(path) ? `/courses/geo/files/${path}` : undefined);
const render = (markdown: string) => renderMarkdown(markdown, { fileUrl });

describe("a lesson's text", () => {
  test("may use tables, strikethrough, bare addresses, kbd and highlighted code", () => {
    const html = render(
      "| a | b |\n|---|--:|\n| 1 | 2 |\n\n~~old~~ https://example.org <kbd>Ctrl</kbd>\n\n```js\nconst a = 1 < 2;\n```",
    );
    expect(html).toContain('<th scope="col" align="right">b</th>');
    expect(html).toContain("<s>old</s>");
    expect(html).toContain('<a href="https://example.org" rel="noopener noreferrer">https://example.org</a>');
    expect(html).toContain("<kbd>Ctrl</kbd>");
    expect(html).toContain(
      '<span class="hljs-keyword">const</span> a = <span class="hljs-number">1</span> &lt;',
    );
  });

  test("has its headings under the page's own h1, without skipped levels, each with an id of its own", () => {
    const html = render("# Loops\n\n#### Deep\n\n## Loops\n\n# Über *uns*");
    expect([...html.matchAll(/<h(\d) id="([^"]+)">/g)].map((m) => [m[1], m[2]])).toEqual([
      ["2", "s-loops"],
      ["3", "s-deep"],
      ["3", "s-loops-2"],
      ["2", "s-über-uns"],
    ]);
    expect(renderMarkdown("## A\n### B", { topHeading: 3 })).toMatch(/<h3.*<h4/s);
  });

  test("links to its own headings", () => {
    expect(render("[up](#loops)\n\n# Loops")).toContain('<a href="#s-loops">');
  });

  test("shows pictures of the course's files and links to remote ones", () => {
    expect(render("![A map](images/map.svg)")).toContain(
      '<img src="/courses/geo/files/images/map.svg" alt="A map"',
    );
    expect(render("![A map](./images/map.svg)")).toContain('src="/courses/geo/files/images/map.svg"');
    expect(render("[data](data.csv)")).toContain('href="/courses/geo/files/data.csv"');
    const remote = render("![Spy](https://spy.example/p.png) and on");
    expect(remote).not.toContain("<img");
    expect(remote).toContain('<a href="https://spy.example/p.png" rel="noopener noreferrer">Spy</a> and on');
    expect(render("![Gone](gone.png)")).not.toContain("<img");
    expect(render("![x](data:image/svg+xml;base64,AAAA)")).not.toContain("<img");
  });

  test("only links what says http or https", () => {
    expect(render("provost.dev www.example.org a@example.org ftp://example.org")).not.toContain("<a");
  });

  test("keeps unknown code languages as plain text", () => {
    expect(render("```klingon\n<b>\n```")).toContain("&lt;b&gt;");
  });
});

describe("a choice's text", () => {
  test("is one line: no blocks, no pictures", () => {
    expect(renderInline("a **b** `c` <h1>d</h1> ![e](images/map.svg)")).toBe(
      "a <strong>b</strong> <code>c</code> d <span>e</span>",
    );
  });
});

const PAYLOADS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  "<svg><style><img src=x onerror=alert(1)></style></svg>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
  "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
  "<a href='javascript:alert(1)'>x</a>",
  "<a href='java\nscript:alert(1)'>x</a>",
  "<a href='&#106;avascript:alert(1)'>x</a>",
  "<a href=' javascript:alert(1)'>x</a>",
  "<a href='\u0001javascript:alert(1)'>x</a>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](vbscript:msgbox(1))",
  "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[x](&#x6A;avascript:alert(1))",
  "[x](//evil.example/x)",
  "[x](/\\evil.example/x)",
  "<javascript:alert(1)>",
  '![x](x.png"onerror="alert(1))',
  '![" onerror="alert(1)](images/map.svg)',
  "<iframe src=//evil.example></iframe>",
  "<object data=evil.swf></object><embed src=evil.swf>",
  "<form action=//evil.example><input name=password><button formaction=javascript:alert(1)>",
  "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css><meta http-equiv=refresh content=0>",
  "<p style='background:url(//evil.example)'>x</p>",
  "<div onclick=alert(1) id=csrf name=x class='flash'>x</div>",
  "<xmp><img src=x onerror=alert(1)></xmp>",
  "<textarea></textarea><script>alert(1)</script>",
  "<<script>script>alert(1)<</script>/script>",
  "<img src='images/map.svg' srcset='//evil.example 2x'>",
  "<video src=x onerror=alert(1)><audio autoplay src=//evil.example>",
  "<!--><img src=x onerror=alert(1)>-->",
  "<![CDATA[<img src=x onerror=alert(1)>]]>",
  '```html"><script>alert(1)</script>\nx\n```',
  "# <img src=x onerror=alert(1)>",
  "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
];

const ATTRIBUTES =
  "align|alt|aria-label|class|colspan|decoding|height|href|id|loading|open|rel|role|rowspan|scope|src|start|tabindex|title|width";
const ELEMENTS =
  "a|abbr|b|blockquote|br|caption|code|dd|del|details|div|dl|dt|em|figcaption|figure|h[2-6]|hr|i|img|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|u|ul|var";

/** Whatever stands outside of our short list of elements, attributes and addresses. */
function faults(html: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  const rest = html.replace(/<\/?([a-z0-9]+)((?: [^<>]*)?)>/g, (tag, name: string, attributes: string) => {
    if (!new RegExp(`^(${ELEMENTS})$`).test(name)) found.push(tag);
    // A text closes what it opens and nothing else, or it would break out of its place in the page.
    if (tag.startsWith("</")) {
      if (open.pop() !== name) found.push(tag);
    } else if (!/^(br|hr|img)$/.test(name)) open.push(name);
    const left = attributes.replace(/ ([a-z-]+)(?:="([^"]*)")?/g, (_, attribute: string, value = "") => {
      if (!new RegExp(`^(${ATTRIBUTES})$`).test(attribute)) found.push(tag);
      if (attribute === "src" && !/^\/courses\/geo\/files\//.test(value)) found.push(tag);
      if (attribute === "href" && !/^(https?:\/\/|mailto:|#s-|\/(?![/\\]))/i.test(value)) found.push(tag);
      if (attribute === "id" && !value.startsWith("s-")) found.push(tag);
      return "";
    });
    if (left.replace(/[ /]/g, "") !== "") found.push(tag);
    return "";
  });
  if (/[<>]/.test(rest)) found.push(rest);
  found.push(...open);
  return found;
}

describe("nothing a text says runs, loads or leads where it should not", () => {
  test.each(PAYLOADS)("%s", (payload) => {
    for (const text of [payload, `a ${payload} b`, `> ${payload}`, `- ${payload}`])
      expect([...faults(render(text)), ...faults(renderInline(text))]).toEqual([]);
  });

  test("whatever is put together from pieces of HTML and Markdown", () => {
    const piece = fc.oneof(
      fc.constantFrom(...PAYLOADS),
      fc.constantFrom(
        "<",
        ">",
        '"',
        "'",
        "`",
        "```",
        "\n",
        "\n\n",
        "](",
        "![",
        "[x]",
        "(",
        ")",
        "javascript:",
        "<a href=",
        "<!--",
        "-->",
        "&lt;",
        "&#x3c;",
        "\\",
        "|",
        "---",
        "    ",
        "<p ",
        "on",
        "=",
        "/>",
        "</",
        "style",
        "svg",
      ),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        expect(faults(render(text))).toEqual([]);
        expect(faults(renderInline(text))).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });
});
