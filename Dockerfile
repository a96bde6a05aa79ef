# The same version as in runtime/package.json, with which everything is tested; `npm run test:containers` compares them.
FROM node:24.21.0-slim

ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/router.db

# A new volume gets the owner and mode of this folder in the image.
RUN mkdir -m 700 /data && chown node:node /data

WORKDIR /app
# Sets the mode, because the user below couldn't read the files of a checkout made with umask 077.
COPY --chmod=644 package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --chmod=755 src src

# Fills Node's compile cache for all later starts: without settings, the service loads everything and then exits. Node keeps
# one cache per user and set of V8 options, so this runs with the options and as the user below, who can't change the cache
# afterwards.
ENV NODE_COMPILE_CACHE=/app/.compiled
RUN install -d -o node -g node .compiled \
  && { setpriv --reuid=node --regid=node --clear-groups node --max-semi-space-size=8 --no-parallel-scavenge src/main.ts 2>/dev/null || true; } \
  && chown -R root:root .compiled && chmod -R a+rX .compiled

USER node
VOLUME /data
EXPOSE 3000

# The slim image has no curl.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Without npm or a shell, so that SIGTERM reaches the service itself.
# The options are explained in docs/decisions/0017-small-heap-while-reading.md.
CMD ["node", "--max-semi-space-size=8", "--no-parallel-scavenge", "src/main.ts"]
