# The same version as in runtime/package.json, with which everything is tested; `npm run test:containers` compares them.
FROM node:24.21.0-slim

ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/router.db

# A new volume takes over the owner and mode that its folder has in the image.
RUN mkdir -m 700 /data && chown node:node /data

WORKDIR /app
# The mode is for a checkout made with umask 077, whose files the user below couldn't read.
COPY --chmod=644 package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --chmod=755 src src

# Without settings the service exits at once, but after loading everything: every start uses what was compiled here. Node
# keeps a cache for each user, so it is compiled as the user below, who can't change it afterwards.
ENV NODE_COMPILE_CACHE=/app/.compiled
RUN install -d -o node -g node .compiled \
  && { setpriv --reuid=node --regid=node --clear-groups node src/main.ts 2>/dev/null || true; } \
  && chown -R root:root .compiled && chmod -R a+rX .compiled

USER node
VOLUME /data
EXPOSE 3000

# The slim image has no curl.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Neither npm nor a shell between: SIGTERM has to reach the service itself.
CMD ["node", "src/main.ts"]
