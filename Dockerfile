# syntax=docker/dockerfile:1
# Two images: `pforte` (the last stage) and `demo` (portal and mail catcher).

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app

# Everything, to build the style sheets, scripts and fonts.
FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY scripts scripts
COPY views views
RUN npm run build

FROM build AS demo
COPY src src
COPY demo demo
ENV NODE_ENV=production
USER node
CMD ["node", "demo/portal/main.ts"]

# What runs. The Node that npm installs for machines without one is left out; the other optional packages are the
# native parts of argon2 and bcrypt.
FROM base AS packages
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM base AS pforte
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/build build
COPY package.json ./
COPY views views
COPY migrations migrations
COPY config config
COPY src src
# The embedded database, where there is no DATABASE_URL: the only place that is written to, apart from /tmp.
RUN install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production PFORTE_DATA=/data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
