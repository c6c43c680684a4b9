//! A stateful Cognigy.AI project that speaks the REST contract.
