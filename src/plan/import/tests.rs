//! The plan of an import: what it does from every state, and that every part of it leads to the same end.

use rstest::rstest;

use super::*;

const OURS: &str = "5f3a5f3a5f3a5f3a5f3a5f3a";
