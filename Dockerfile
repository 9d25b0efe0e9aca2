# One image for the operator (`provost operator`) and the LMS runtime (`provost lms`).
FROM node:24-bookworm-slim AS dependencies
WORKDIR /provost
COPY package.json package-lock.json ./
# The image brings its own Node and runs no sandbox: the optional packages for laptops stay out, install scripts do not run.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && npm install --no-save --ignore-scripts --no-audit --no-fund "@node-rs/argon2-linux-$(node -p 'process.arch')-gnu@$(node -p 'require("@node-rs/argon2/package.json").version')" \
 && npm cache clean --force

FROM node:24-bookworm-slim
# One arena for every thread's small allocations: several MiB less, and nothing here allocates from many threads at once.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/var/cache/provost MALLOC_ARENA_MAX=1
WORKDIR /provost
COPY --from=dependencies /provost/node_modules node_modules
COPY package.json LICENSE ./
COPY api api
COPY controller controller
COPY lms lms
COPY cli cli
# `provost validate` evaluates CEL with the sandbox's code (docs/adr/0002).
COPY sandbox sandbox
COPY crds crds
RUN install -d -o 65532 -g 65532 /var/cache/provost
# The number, not a name: Kubernetes can check runAsNonRoot only for a number.
USER 65532:65532
# Every start finds its code compiled, also where nothing can be written. Node looks for what this very user compiled with
# these very flags (those of the entry point below).
RUN node --max-semi-space-size=2 --optimize-for-size cli/provost.js --help > /dev/null \
 && node --max-semi-space-size=2 --optimize-for-size --input-type=module --eval "\
      for (const part of ['lms/main.ts', 'lms/courses/render.ts', 'controller/main.ts']) await import('/provost/' + part); \
      (await import('/provost/lms/content/index.ts')).renderMarkdown('# Warm');"
EXPOSE 8080 8081
# As the sandbox runs it (cli/sandbox/image.ts): without these flags a busy site takes 70 MiB more.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--optimize-for-size", "/provost/cli/provost.js"]
CMD ["--help"]
