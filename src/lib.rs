//! Backs up Cognigy.AI projects into a git repository as time-decaying snapshots, and brings them back.
