# The production image: Node 24, the service and its libraries, an account without rights. No demo world, no tests, no
# embedded PostgreSQL, no second Node.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /pratu
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production PRATU_PROFILE=production PRATU_LISTEN=0.0.0.0 PRATU_KEYS=/keys
WORKDIR /pratu
# A named volume mounted here takes over this owner and mode.
RUN install -d -o node -g node -m 0700 /keys
COPY --from=dependencies /pratu/node_modules node_modules
COPY package.json LICENSE ./
COPY bin/pratu.mjs bin/pratu.mjs
COPY migrations migrations
COPY views views
COPY src src
# As docs/operate.md calls it: docker compose exec pratu-a pratu …
RUN ln -s /pratu/bin/pratu.mjs /usr/local/bin/pratu
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, so that it gets the signals; as `npm run serve` starts it.
CMD ["node", "--max-semi-space-size=32", "--no-allocation-site-pretenuring", "src/main.ts"]
