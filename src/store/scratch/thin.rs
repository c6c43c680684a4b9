//! A thin pack: what was in the snapshot before and changed is sent as what changed in it.
//!
//! The objects that it leans on are below tips that were read from the store, so the store has them; a server that does
//! not, for somebody has rewritten the branch and thrown away the old one, refuses the pack and gets it whole.

use std::collections::HashMap;

use git2::Oid;

use super::delta::delta;
use super::spool::Entry;
use super::{Outgoing, Pack, Scratch};
use crate::store::change::RefChange;
use crate::store::error::Problem;
use crate::store::object::{Is, TreeEntry};

/// The largest object that is looked at, in bytes: two of them, and an index of one, six times as large, are in memory.
const LARGEST: u64 = 4 * 1024 * 1024;

impl Scratch {
    /// Returns the pack of `outgoing`, thin: against what the changed refs held before.
    pub(in crate::store) fn thin(
        &mut self,
        outgoing: &Outgoing,
        changes: &[RefChange],
    ) -> Result<Pack, Problem> {
        let bases = self.bases(changes)?;
        let mut entries = Vec::with_capacity(outgoing.ids.len());
        for (id, entry) in outgoing.ids.iter().zip(outgoing.pack.entries()) {
            let smaller = match bases.get(id) {
                Some(base) if entry.size <= LARGEST => self.against(*base, *id, *entry)?,
                _ => None,
            };
            entries.push(smaller.unwrap_or(*entry));
        }
        Ok(Pack::new(self.spool.file(), entries))
    }

    /// Says an object by another one; nothing where that is no shorter.
    fn against(&mut self, base: Oid, id: Oid, whole: Entry) -> Result<Option<Entry>, Problem> {
        let (kind, old) = self.read(base)?;
        if kind != whole.kind || old.len() as u64 > LARGEST {
            return Ok(None);
        }
        let (_, new) = self.read(id)?;
        self.spool.add_delta(base, &delta(&old, &new), whole)
    }

    /// Returns what stands at the same place in the snapshot before, of each new tree and file where something does.
    fn bases(&self, changes: &[RefChange]) -> Result<HashMap<Oid, Oid>, Problem> {
        let mut bases = HashMap::new();
        let mut pairs = Vec::new();
        for change in changes {
            let (Some(new), Some(old)) = (change.new, change.expected.filter(|old| self.has(*old))) else {
                continue;
            };
            let tree = |tip| Ok(self.commit(self.peel(tip)?)?.tree);
            pairs.push((tree(new)?, tree(old)?));
        }
        while let Some((new, old)) = pairs.pop() {
            // What the store was not seen to have, nothing may lean on.
            if !self.is_new(new)
                || !self.known.contains(&old)
                || !self.has(old)
                || bases.insert(new, old).is_some()
            {
                continue;
            }
            let before: HashMap<String, TreeEntry> =
                self.tree(old)?.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
            for entry in self.tree(new)? {
                let Some(old) = before.get(&entry.name).filter(|old| old.is == entry.is) else { continue };
                match entry.is {
                    Is::Folder => pairs.push((entry.id, old.id)),
                    Is::File if self.is_new(entry.id) && self.known.contains(&old.id) && self.has(old.id) => {
                        bases.insert(entry.id, old.id);
                    }
                    _ => {}
                }
            }
        }
        Ok(bases)
    }

    fn is_new(&self, id: Oid) -> bool {
        self.spool.get(id).is_some() && !self.known.contains(&id)
    }
}
