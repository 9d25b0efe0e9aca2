// The session cookie: one value we made ourselves, so reading and writing it needs no parser of everything else.

/** With the prefix, browsers accept it only over https, for this very host and every path (RFC 6265bis, 4.1.3.2). */
const name = (https: boolean): string => (https ? "__Host-provost_session" : "provost_session");

/** The session token a request brings, if any. */
export function readSessionCookie(header: string | undefined, https: boolean): string | undefined {
  if (header === undefined) return undefined;
  const prefix = `${name(https)}=`;
  for (const pair of header.split(";")) {
    const trimmed = pair.trim();
    if (trimmed.startsWith(prefix)) return trimmed.slice(prefix.length);
  }
  return undefined;
}

/** Set-Cookie for a new session. It lasts until the browser closes; the server's own limits come first. */
export function sessionCookie(token: string, https: boolean): string {
  return `${name(https)}=${token}; Path=/; HttpOnly; SameSite=Lax${https ? "; Secure" : ""}`;
}

/** Set-Cookie that takes the session away. */
export function expiredSessionCookie(https: boolean): string {
  return `${sessionCookie("", https)}; Max-Age=0`;
}
