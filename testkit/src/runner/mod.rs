//! What the GitHub Actions runner sets around a container step.
