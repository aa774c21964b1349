# docker build -t lienthong .
# docker run --init -p 8443:8443 -v lienthong:/var/lib/lienthong lienthong          (serve)
# docker run --init -p 8443:8443 -v lienthong:/var/lib/lienthong lienthong demo     (the demo world)
# --init: the embedded database, where there is no DATABASE_URL, needs a parent that collects ended processes.
# CI runs these lines without a container engine: test/support/ci/run-dockerfile.js.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/var/lib/lienthong CERTS_DIR=/var/lib/lienthong/certs
WORKDIR /app
RUN mkdir -p /var/lib/lienthong && chown node:node /var/lib/lienthong && chmod 700 /var/lib/lienthong
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY deploy/demo ./deploy/demo
USER node
VOLUME /var/lib/lienthong
EXPOSE 8443 8444
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPS_PORT ?? 9464}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/lienthong.js"]
CMD ["serve"]
