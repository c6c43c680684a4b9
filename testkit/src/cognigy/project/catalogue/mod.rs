//! Every kind of edit that a person can make, in one list: what a summary of changes has to be able to say.
//!
//! ```
//! use testkit::cognigy::{Edit, Project, Size};
//!
//! let mut project = Project::seeded(1, Size::small());
//! for edit in Edit::all() {
//!     let mention = edit.apply(&mut project);
//!     assert!(mention.to_string().contains(&mention.resource));
//! }
//! ```
//!
//! They suit this project, each by itself and all of them in this order. What an edit needs it looks up and does not
//! name, so larger projects do as well; one that has no code node, say, has none whose code can change, and it panics.

mod channels;
mod documents;
mod flows;
mod knowledge;
mod language;
mod nodes;

use super::Project;
use std::fmt;

/// One kind of edit.
pub struct Edit {
    /// A short name, unlike every other's.
    pub name: String,
    /// Whether it changes nothing but a secret, which who leaves secrets out cannot see.
    pub secret: bool,
    apply: Box<dyn Fn(&mut Project) -> Mention + Send + Sync>,
}

/// What a summary ought to mention of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// `added`, `removed`, `renamed` or `changed`.
    pub change: &'static str,
    /// The kind, by the names in [`crate::cognigy::KINDS`].
    pub kind: &'static str,
    /// The resource as people know it after the edit (before it, if it was removed).
    pub resource: String,
    /// The field or the item in it that changed: a field's name, or the item's own words. Empty where it is the
    /// resource as a whole.
    pub item: String,
}

impl Edit {
    /// Every kind of edit the stand-in knows.
    pub fn all() -> Vec<Self> {
        let rooms = [
            channels::edits(),
            language::edits(),
            flows::edits(),
            nodes::edits(),
            documents::edits(),
            knowledge::edits(),
        ];
        rooms.into_iter().flatten().collect()
    }

    /// Edits the project and says what that was.
    pub fn apply(&self, project: &mut Project) -> Mention {
        (self.apply)(project)
    }

    fn new(name: &str, apply: impl Fn(&mut Project) -> Mention + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), secret: false, apply: Box::new(apply) }
    }

    fn of_a_secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} was {}", self.kind, self.resource, self.change)?;
        if self.item.is_empty() { Ok(()) } else { write!(f, " at {:?}", self.item) }
    }
}

fn added(kind: &'static str, resource: &str) -> Mention {
    Mention { change: "added", kind, resource: resource.to_owned(), item: String::new() }
}

fn removed(kind: &'static str, resource: &str) -> Mention {
    Mention { change: "removed", ..added(kind, resource) }
}

/// From one name to another; the old one is the item.
fn renamed(kind: &'static str, resource: &str, before: &str) -> Mention {
    Mention { change: "renamed", item: before.to_owned(), ..added(kind, resource) }
}

fn changed(kind: &'static str, resource: &str, item: &str) -> Mention {
    Mention { change: "changed", item: item.to_owned(), ..added(kind, resource) }
}
