# The action's image: one static binary, the certificate authorities it trusts, an empty /tmp. No shell, no user but
# root (the runner's mounts are root's), no working directory of its own.
#
# The release pins the builder by digest: see docs/releasing.md.
ARG BUILDER=rust:1.95-slim-bookworm
FROM ${BUILDER} AS build

RUN set -eu; \
    target="$(uname -m)-unknown-linux-musl"; \
    if ! command -v musl-gcc > /dev/null; then \
        apt-get update; \
        apt-get install -y --no-install-recommends musl-tools; \
        rm -rf /var/lib/apt/lists/*; \
    fi; \
    if ! test -d "$(rustc --print target-libdir --target "$target")"; then rustup target add "$target"; fi

WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    set -eu; \
    target="$(uname -m)-unknown-linux-musl"; \
    TARGET_CC=musl-gcc cargo build --locked --release --target "$target" --bin cognigy-backup; \
    mkdir -p /image; \
    mkdir -m 1777 /image/tmp; \
    cp "target/$target/release/cognigy-backup" LICENSE /image/

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /image/ /
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="cognigy-backup" \
      org.opencontainers.image.description="Backs up Cognigy.AI projects into a git repository as time-decaying snapshots." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
ENTRYPOINT ["/cognigy-backup"]
