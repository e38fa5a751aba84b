# The engine. Built without a container engine by `npm run image` (scripts/image).
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY asterisk asterisk
COPY lab lab
COPY src src
RUN scripts/build && npm prune --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/web dist/web
COPY asterisk asterisk
COPY config config
# Where `decroche asterisk` and `decroche archive` write: a volume mounted there takes over its owner.
RUN mkdir /pbx /pbx-recordings && mkdir -m 700 /archive /reports && chown 1000:1000 /pbx /pbx-recordings /archive /reports
# The user `node` of the base image, by number, so that an orchestrator can check it is not root.
USER 1000:1000
ENV DECROCHE_HTTP_HOST=0.0.0.0 DECROCHE_HTTP_PORT=8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const { DECROCHE_TLS_CERT: tls, DECROCHE_HTTP_HOST: host, DECROCHE_HTTP_PORT: port } = process.env; require(tls ? 'https' : 'http').get({ host, port, path: '/healthz', rejectUnauthorized: false }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "dist/src/cli.js", "serve"]
