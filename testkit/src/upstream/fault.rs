//! What can go wrong between a client and the upstream, and which request it happens to.

/// Without an end.
pub const FOREVER: u32 = u32::MAX;

/// The part of git's HTTP protocol that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `GET …/info/refs?service=git-upload-pack`: what a fetch begins with.
    FetchAdvertisement,
    /// `GET …/info/refs?service=git-receive-pack`: what a push begins with.
    PushAdvertisement,
    /// `POST …/git-upload-pack`: a fetch (and, in protocol 2, the listing of refs).
    Fetch,
    /// `POST …/git-receive-pack`: a push.
    Push,
    /// Every request.
    Any,
}

impl Service {
    pub(crate) fn of(path: &str, query: &str) -> Option<Self> {
        match (path, query) {
            ("/info/refs", "service=git-upload-pack") => Some(Self::FetchAdvertisement),
            ("/info/refs", "service=git-receive-pack") => Some(Self::PushAdvertisement),
            ("/git-upload-pack", _) => Some(Self::Fetch),
            ("/git-receive-pack", _) => Some(Self::Push),
            _ => None,
        }
    }
}

/// What goes wrong. Except for [`Fault::LoseAnswer`] and the faults of the answer's body, git never sees the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status with this text, as `text/plain`.
    Status(u16, String),
    /// Status 200 and a page, as a proxy that wants a login answers.
    Html,
    /// The connection is reset before an answer.
    Reset,
    /// git does what was asked, and then the connection is reset: did the push land?
    LoseAnswer,
    /// Half of the answer's body, and the connection closes.
    Truncate,
    /// Half of the answer's body, and then silence.
    Stall,
    /// The request is taken, and then silence.
    Hang,
    /// A byte in the middle of the pack is flipped: in the answer of a fetch, in the request of a push.
    CorruptPack,
    /// A fetch gets a pack that is whole and holds this commit instead of the one asked for.
    OtherPack(String),
}

/// Faults waiting for their request.
#[derive(Default)]
pub(crate) struct Faults(Vec<(Service, Fault, u32)>);

impl Faults {
    pub(crate) fn add(&mut self, service: Service, fault: Fault, times: u32) {
        self.0.push((service, fault, times));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that this request meets; the oldest first.
    pub(crate) fn take(&mut self, service: Option<Service>) -> Option<Fault> {
        let hit = |wanted: Service| wanted == Service::Any || Some(wanted) == service;
        let (_, fault, left) = self.0.iter_mut().find(|(wanted, _, left)| *left > 0 && hit(*wanted))?;
        if *left != FOREVER {
            *left -= 1;
        }
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_order_and_as_often_as_said() {
        let mut faults = Faults::default();
        faults.add(Service::Push, Fault::Reset, 2);
        faults.add(Service::Any, Fault::Hang, FOREVER);
        assert_eq!(faults.take(Some(Service::Push)), Some(Fault::Reset));
        assert_eq!(faults.take(Some(Service::Fetch)), Some(Fault::Hang));
        assert_eq!(faults.take(Some(Service::Push)), Some(Fault::Reset));
        assert_eq!(faults.take(Some(Service::Push)), Some(Fault::Hang));
        faults.clear();
        assert_eq!(faults.take(None), None);
    }
}
