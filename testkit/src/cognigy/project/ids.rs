//! Ids and times: all drawn from the project's seed, so that equal seeds and equal edits make equal projects.

use fastrand::Rng;

/// What every stored document carries (dossier §2, "meta").
#[derive(Debug, Clone)]
pub struct Meta {
    /// `_id`: 24 lower-case hex digits.
    pub id: String,
    /// `createdAt`, Unix seconds.
    pub created_at: i64,
    /// `lastChanged`, Unix seconds.
    pub last_changed: i64,
    /// `createdBy`, a user's `_id`.
    pub created_by: String,
    /// `lastChangedBy`, a user's `_id`.
    pub last_changed_by: String,
}

/// The source of ids and of the project's own time, which moves a minute with every edit.
#[derive(Debug, Clone)]
pub struct Ids {
    rng: Rng,
    now: i64,
    users: Vec<String>,
    /// Whom the documents name that were made or touched since the time last moved: the first of them.
    author: Option<usize>,
}

/// The moment at which every seeded project begins: 2025-09-01T08:00:00Z.
const EPOCH: i64 = 1_756_713_600;

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        let mut ids = Self { rng: Rng::with_seed(seed), now: EPOCH, users: Vec::new(), author: None };
        ids.users = (0..3).map(|_| ids.id()).collect();
        ids
    }

    /// Random numbers from the project's seed.
    pub(crate) fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// A fresh `_id`: the time first, as MongoDB makes them.
    pub(crate) fn id(&mut self) -> String {
        format!("{:08x}{:016x}", self.now, self.rng.u64(..))
    }

    /// A fresh `referenceId`: a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.rng.u64(..), self.rng.u64(..));
        let (head, mid, version) = (a >> 32, (a >> 16) & 0xffff, (a & 0x0fff) | 0x4000);
        let (variant, node) = (((b >> 48) & 0x3fff) | 0x8000, b & 0xffff_ffff_ffff);
        format!("{head:08x}-{mid:04x}-{version:04x}-{variant:04x}-{node:012x}")
    }

    /// A long random token, as URLTokens are.
    pub(crate) fn token(&mut self) -> String {
        format!("{:032x}{:032x}", self.rng.u128(..), self.rng.u128(..))
    }

    /// The meta fields of a document made now.
    pub(crate) fn meta(&mut self) -> Meta {
        let user = self.user();
        Meta {
            id: self.id(),
            created_at: self.now,
            last_changed: self.now,
            created_by: user.clone(),
            last_changed_by: user,
        }
    }

    /// Lets a minute pass and gives the new time.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += 60;
        self.author = None;
        self.now
    }

    /// The time of what happened last.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// The `_id` of whoever did what happened last. Where no document says so it is anybody, but nobody is drawn for
    /// it: what is drawn next must not depend on this.
    pub(crate) fn author(&self) -> &str {
        let anybody = (self.now / 60) as usize % self.users.len();
        &self.users[self.author.unwrap_or(anybody)]
    }

    /// Marks a document as changed, a minute after whatever happened last.
    pub(crate) fn touch(&mut self, meta: &mut Meta) {
        meta.last_changed = self.tick();
        meta.last_changed_by = self.user();
    }

    fn user(&mut self) -> String {
        let at = self.rng.usize(..self.users.len());
        self.author.get_or_insert(at);
        self.users[at].clone()
    }
}
