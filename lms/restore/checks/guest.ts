// A visitor over HTTP: keeps its cookie, follows nothing.

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Guest {
  get(url: string): Promise<Answer>;
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

const ANSWERS_WITHIN_MS = 30_000;

/** A visitor of the site on this port of the machine. */
export function guestOf(port: number): Guest {
  let cookie = "";
  const ask = async (url: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${url}`, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, ...(cookie && { cookie }) },
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    const given = response.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
    if (given.length > 0) cookie = given.join("; ");
    return { status: response.status, body: await response.text() };
  };
  return {
    get: (url) => ask(url, {}),
    post: (url, fields) =>
      ask(url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}
