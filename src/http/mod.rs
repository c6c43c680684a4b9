//! What every conversation over HTTP needs, whoever is at the other end.
//!
//! One client ([`Transport`]) with its proxies, certificates and timeouts; errors that name method and address
//! without a secret ([`Error`]); trying again ([`with_retries`]) when the server or the network says that it is worth
//! it; a [`Pulse`], for patience with bodies that take long; and a [`Pool`] that keeps a host's limits on how many
//! requests may start and run at a time. What may be retried, and which host has which limit, is known to the rooms
//! above.

mod error;
mod options;
mod pool;
mod pulse;
mod retry;
mod retry_after;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transport;

pub use error::{Error, ErrorKind, shown};
pub use options::{InvalidOptions, Options, is_this_machine};
pub use pool::{Permit, Pool};
pub use pulse::{Pulse, WHOLE_REQUEST};
pub use retry::{Again, Policy, Retryable, with_retries, with_retries_noting};
pub use retry_after::{MAX_RETRY_AFTER, retry_after, until};
pub use transport::{Transport, next_piece, read_body};
