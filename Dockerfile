# The same version as in runtime/package.json, with which everything is tested; `npm run test:docker` compares them.
FROM node:24.21.0-slim

ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/router.db

# A new volume takes over the owner and mode that its folder has in the image.
RUN mkdir -m 700 /data && chown node:node /data

WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY src src

# Without settings the service ends at once, but with everything loaded: what was compiled is kept for every start.
ENV NODE_COMPILE_CACHE=/app/.compiled
RUN node src/main.ts 2>/dev/null || true

USER node
VOLUME /data
EXPOSE 3000

# The slim image has no curl.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Neither npm nor a shell between: SIGTERM has to reach the service itself.
CMD ["node", "src/main.ts"]
