// Finds keys that stand twice in one JSON object: JSON.parse keeps the last silently, strict decoding refuses.

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** Walks valid JSON text without building values; only object keys are looked at. */
class Scanner {
  readonly #text: string;
  #at = 0;
  readonly found: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string): void {
    this.#space();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(path);
      case "[":
        return this.#array(path);
      case '"':
        this.#string();
        return;
      default:
        while (this.#at < this.#text.length && !",]}".includes(this.#text[this.#at] as string)) this.#at++;
    }
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') break;
      const key = this.#string();
      const child = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) this.found.push(child);
      seen.add(key);
      this.#space();
      this.#at++; // colon
      this.value(child);
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      this.#at++;
    }
    this.#at++; // closing brace
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    for (let index = 0; this.#text[this.#at] !== "]" && this.#at < this.#text.length; index++) {
      this.value(`${path}[${index}]`);
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
    }
    this.#at++; // closing bracket
  }

  #string(): string {
    const start = this.#at++;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"')
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at++;
    const raw = this.#text.slice(start, this.#at);
    return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}

/** Paths (`spec.users[0].name`) of keys that stand more than once; `text` must be valid JSON. */
export const duplicateKeys = (text: string): string[] => {
  const scanner = new Scanner(text);
  scanner.value("");
  return scanner.found;
};
