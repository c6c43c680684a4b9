//! GitHub's REST API, as far as the product calls it.
