# One image for the operator (`provost operator`) and the LMS runtime (`provost lms`).
FROM node:24-bookworm-slim AS dependencies
WORKDIR /provost
COPY package.json package-lock.json ./
# The image brings its own Node and runs no sandbox: the optional packages for laptops stay out, install scripts do not run.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && npm install --no-save --ignore-scripts --no-audit --no-fund "@node-rs/argon2-linux-$(node -p 'process.arch')-gnu@$(node -p 'require("@node-rs/argon2/package.json").version')" \
 && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache
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
# The number, not a name: Kubernetes can check runAsNonRoot only for a number.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["node", "/provost/cli/provost.js"]
CMD ["--help"]
