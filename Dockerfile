# Two stages: the first compiles, the second holds Node, the compiled operator and its run-time packages, nothing else.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
# Of the optional packages the image has Node already; the commands of packages are not called there.
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A number, so that `runAsNonRoot` can be verified; nothing under /app is writable for it.
USER 65532:65532
EXPOSE 8080 8081
# Without it each thread's allocations take memory of their own, and what compiling took is not given back.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
# V8 would let garbage grow to several times what is in use; this costs a little time and saves half the memory. To collect it in small steps
# (incremental marking) lets 20 MB more grow meanwhile, and spares an operator pauses of 50 ms that it does not mind. To compile the parser of HTTP anew, for speed, would take
# 20 MB (--liftoff-only), and one of the two compilers of hot functions 10 MB (--no-maglev).
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=15", "--no-incremental-marking", "--liftoff-only", "--no-maglev", "/app/dist/main.js"]
CMD ["run"]
