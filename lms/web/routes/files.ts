// Everything that is not a page: assets, the logo, course files, robots.txt.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { accessTo } from "../../catalog/access.ts";
import { COURSE_FILE } from "../../catalog/file.ts";
import type { Asset } from "../assets.ts";
import { OWN_SESSION, signedIn, visit, type Web } from "../visit.ts";
import { Troubled } from "../troubles.ts";

const FOREVER = "public, max-age=31536000, immutable";
const A_WHILE = "public, max-age=300";

/** Whoever opens a picture by its address gets a document that can do nothing (an SVG may hold scripts). */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/** What browsers may show; everything else (HTML above all) is only ever downloaded. */
const SHOWN = /^(image\/(svg\+xml|png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain)$/;

export function registerFiles(app: FastifyInstance, web: Web): void {
  app.get<{ Params: { name: string } }>("/assets/:name", OWN_SESSION, (request, reply) => {
    const found = web.assets.find(request.params.name);
    if (!found) throw new Troubled("NotFound");
    return sendAsset(request, reply, found.asset, found.exact ? FOREVER : "no-cache");
  });
  app.get("/favicon.svg", OWN_SESSION, (request, reply) =>
    sendAsset(request, reply, web.assets.favicon(), A_WHILE),
  );
  app.get("/favicon.ico", OWN_SESSION, (request, reply) =>
    sendAsset(request, reply, web.assets.favicon(), A_WHILE),
  );

  app.get<{ Querystring: { v?: string } }>("/brand/logo", OWN_SESSION, (request, reply) => {
    const { logo, version } = web.context.site.current();
    if (!logo) throw new Troubled("NotFound");
    reply
      .header("cache-control", request.query.v === version ? FOREVER : A_WHILE)
      .header("etag", logo.etag)
      .header("content-security-policy", SANDBOX);
    if (request.headers["if-none-match"] === logo.etag) return reply.status(304).send();
    return reply.type(logo.mediaType).send(logo.bytes);
  });

  app.get("/robots.txt", OWN_SESSION, (_request, reply) => {
    const open = web.context.site.current().document.access.catalog === "Public";
    const rules = open ? "Allow: /catalog\nDisallow: /courses/*/items/\nDisallow: /attempts/" : "Disallow: /";
    return reply
      .header("cache-control", A_WHILE)
      .type("text/plain; charset=utf-8")
      .send(`User-agent: *\n${rules}\n`);
  });

  app.get<{ Params: { key: string; "*": string } }>(
    "/courses/:key/files/*",
    OWN_SESSION,
    async (request, reply) => {
      const known = /^"([0-9a-f]{64})"$/.exec(request.headers["if-none-match"] ?? "")?.[1];
      const file = await visit(web, request, COURSE_FILE, [
        request.params.key,
        request.params["*"],
        known === undefined ? null : Buffer.from(known, "hex"),
      ]);
      if (web.context.site.current().document.access.catalog === "SignedIn") signedIn(request);
      if (!file) throw new Troubled("NotFound");
      const access = accessTo(file, { signedIn: request.session !== undefined });
      if (!access.visible) throw new Troubled("NotFound");
      if (access.content !== "Open" && !file.on_course_page) {
        signedIn(request);
        throw new Troubled(access.content === "NotYetOpen" ? "NotYetOpen" : "Forbidden");
      }
      reply
        .header("etag", `"${file.sha256.toString("hex")}"`)
        // The address stays when the content changes, so it is asked for each time; unchanged, that moves no bytes.
        .header("cache-control", file.on_course_page ? "private, max-age=300" : "private, no-cache")
        .header("content-security-policy", SANDBOX);
      if (file.bytes === null) return reply.status(304).send();
      const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.media_type)
        ? file.media_type
        : "application/octet-stream";
      if (!SHOWN.test(type)) reply.header("content-disposition", "attachment");
      return reply.type(type === "text/plain" ? "text/plain; charset=utf-8" : type).send(file.bytes);
    },
  );
}

function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
  caching: string,
): FastifyReply {
  reply.header("cache-control", caching).header("etag", asset.etag).header("vary", "accept-encoding");
  if (request.headers["if-none-match"] === asset.etag) return reply.status(304).send();
  const accepted = request.headers["accept-encoding"] ?? "";
  const encoding = /\bbr\b/.test(accepted) ? "brotli" : /\bgzip\b/.test(accepted) ? "gzip" : "plain";
  if (encoding !== "plain") reply.header("content-encoding", encoding === "brotli" ? "br" : "gzip");
  return reply.type(asset.mediaType).send(asset[encoding]);
}
