// Where backups lie, as one URL: what an environment variable, a flag and a status field can hold. Never credentials.

/** A folder, or a bucket of an S3-compatible store. */
export type Location =
  | { readonly type: "folder"; readonly path: string }
  | {
      readonly type: "s3";
      readonly bucket: string;
      /** Begins no key with a slash and ends with none; "" for the bucket itself. */
      readonly prefix: string;
      /** AWS when absent. With an endpoint, the bucket is named in the path (`https://host/bucket/key`). */
      readonly endpoint?: string;
      readonly region?: string;
    };

/**
 * Reads `file:///folder`, `/folder` or `s3://bucket/prefix?endpoint=https://host&region=eu-central-1`.
 * @throws Error that names the location, what is wrong with it and what it may be
 */
export function parseLocation(text: string): Location {
  const wrong = (why: string): Error =>
    new Error(
      `location "${text.replace(/\/\/[^/@]*@/, "//…@")}" ${why}: give a folder such as file:///backups, or a bucket such as s3://bucket/prefix?endpoint=https://s3.example.org`,
    );
  if (text.startsWith("/")) return { type: "folder", path: text };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong("is not a URL");
  }
  if (url.username !== "" || url.password !== "")
    throw wrong("holds credentials, which belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  if (url.protocol === "file:") {
    if (url.host !== "") throw wrong("names a host");
    return { type: "folder", path: decodeURIComponent(url.pathname) };
  }
  if (url.protocol !== "s3:") throw wrong(`begins with ${url.protocol}`);
  if (url.hostname === "") throw wrong("names no bucket");
  for (const name of url.searchParams.keys())
    if (name !== "endpoint" && name !== "region") throw wrong(`has the unknown parameter ${name}`);
  const [endpoint, region] = [url.searchParams.get("endpoint"), url.searchParams.get("region")];
  if (endpoint !== null && !/^https?:\/\/[^/]+\/?$/.test(endpoint))
    throw wrong(`has the endpoint ${endpoint}, which is not http(s)://host[:port]`);
  return {
    type: "s3",
    bucket: url.hostname,
    prefix: decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, ""),
    ...(endpoint !== null && { endpoint: endpoint.replace(/\/$/, "") }),
    ...(region !== null && { region }),
  };
}

/** The URL of a location; `parseLocation` of it is the same location. */
export function locationText(location: Location): string {
  if (location.type === "folder") return `file://${encodeURI(location.path)}`;
  const { bucket, prefix, endpoint, region } = location;
  const query = new URLSearchParams({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  }).toString();
  return `s3://${bucket}${prefix === "" ? "" : `/${encodeURI(prefix)}`}${query === "" ? "" : `?${query}`}`;
}
