# What a developer does, one line each. `just` lists it; .ci/run is what a change must pass.

_default:
    @just --list --unsorted

# Run the tests of the program
test *args:
    cargo test {{ args }}

# Run the tests of the stand-ins
test-testkit *args:
    cargo test --package testkit {{ args }}

# The long share: ten times as many moments and seeds
test-long:
    COGNIGY_BACKUP_LONG=1 cargo test --test it -- --include-ignored

# Time, requests and memory against their limits; with a PATH, of another build of the program (benches/README.md)
bench *path:
    cargo bench --bench backup -- {{ path }}

# Two days of runs over a project that does not fit into the limit, and one ten times as large
bench-large:
    cargo bench --bench large

# A simulated year in the store, and in what else one might keep it in (benches/README.md)
bench-year *args:
    cargo bench --bench year -- {{ args }}

# Format everything
fmt:
    cargo fmt --all

# Clippy and rustdoc, warnings as errors
lint:
    .ci/run fmt clippy docs

# Lint action.yml, the workflows, the examples' workflows, the shell scripts
actions:
    .ci/install actions && .ci/actions

# Open the documentation of the crate
docs:
    cargo doc --no-deps --document-private-items --open

# Licences, banned crates, known vulnerabilities (ADVISORY_DB: a clone URL or bundle of RustSec's advisory-db)
deny:
    .ci/install deny && .ci/deny

# The vendor's own client against our stand-in for its service
contract:
    tests/contract/run

# GitHub's own description of its API between our client and our stand-in for it
openapi:
    tests/openapi/run

# Back a stand-in project up, as the README has it
quickstart:
    .ci/quickstart

# Build the image and try it as the runner would; needs Docker
image:
    docker build --build-arg "VERSION=$(.ci/version)" --tag cognigy-backup:dev . && tests/image/run cognigy-backup:dev docker

# The same without Docker and without a registry
image-offline:
    .ci/install actions image && .ci/image

# Accept changed snapshots of texts, one by one (cargo install cargo-insta)
review:
    cargo insta review

# Everything a change must pass
ci:
    .ci/run
