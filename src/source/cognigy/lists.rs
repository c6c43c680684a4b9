//! The lists of a project: what there is to read, and what of it moved since.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join_all};

use super::listed::Listed;
use super::owned::read_owned;
use super::{Cognigy, Error, ROUNDS};
use crate::cognigy::{Error as ApiError, paths};
use crate::snapshot::{Availability, Kind, Project};

/// Everything that is selected and listed.
pub(super) struct Lists {
    /// As they were when the reading began; charts and intents are read by them.
    pub(super) locales: Vec<Listed>,
    /// All else, owners before what they own.
    pub(super) others: Vec<Listed>,
    pub(super) kinds: BTreeMap<Kind, Availability>,
}

/// What differs between two looks at the lists.
#[derive(Default)]
pub(super) struct Moved {
    /// Resources that are new or changed, by kind and name.
    pub(super) names: BTreeSet<(Kind, String)>,
    /// Owners whose own resources are listed again.
    owners: BTreeSet<String>,
}

impl Moved {
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.owners.is_empty()
    }
}

/// The lists of all kinds that belong to nothing but the project.
pub(super) struct Roots(Vec<(Kind, Availability, Vec<Listed>)>);

impl Roots {
    /// Reads them all at once.
    pub(super) async fn read(source: &Cognigy<'_>, project: &Project) -> Result<Self, Error> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.owner().is_none() && *kind != Kind::Project);
        let lists = kinds.map(async |kind| {
            let (availability, listed) = read_root(source, kind, project).await?;
            Ok((kind, availability, listed))
        });
        Ok(Self(try_join_all(lists).await?))
    }
}

impl Lists {
    /// Reads the lists of all selected kinds.
    pub(super) async fn read(source: &Cognigy<'_>, project: &Project) -> Result<Self, Error> {
        let roots = Roots::read(source, project).await?;
        let mut lists = Self {
            locales: Vec::new(),
            others: Vec::new(),
            kinds: BTreeMap::from([(Kind::Project, Availability::Read)]),
        };
        for (kind, availability, listed) in roots.0 {
            lists.kinds.insert(kind, availability);
            if kind == Kind::Locales { &mut lists.locales } else { &mut lists.others }.extend(listed);
        }
        // Charts and intents are read by locale: without one they would be left out in silence.
        if lists.locales.is_empty() && lists.others.iter().any(|listed| listed.kind == Kind::Flows) {
            return Err(Error::NoLocales);
        }
        let owned = Kind::ALL.into_iter().filter(|kind| kind.owner().is_some());
        let read = join_all(owned.map(async |kind| {
            if !source.selection.wants_kind(kind) {
                return Ok((kind, Availability::Deselected, Vec::new()));
            }
            let owners: Vec<&Listed> = lists.owners_of(kind).collect();
            let (availability, listed) = read_owned(source, kind, &owners, false).await?;
            Ok((kind, availability, listed))
        }));
        for answer in read.await {
            let (kind, availability, listed) = answer?;
            lists.kinds.insert(kind, availability);
            lists.others.extend(listed);
        }
        Ok(lists)
    }

    fn owners_of(&self, kind: Kind) -> impl Iterator<Item = &Listed> {
        self.locales.iter().chain(&self.others).filter(move |listed| Some(listed.kind) == kind.owner())
    }

    /// Returns what is still to be read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &Listed> {
        self.others.iter().filter(|listed| !listed.done.get())
    }

    /// Returns every resource that the capture holds, by kind and `_id`.
    pub(super) fn present(&self) -> BTreeSet<(Kind, String)> {
        self.locales.iter().chain(&self.others).map(|listed| (listed.kind, listed.id.clone())).collect()
    }

    /// Compares with the lists as they are now. `gone` were on the list and not there when their turn came.
    pub(super) fn moved(&self, now: &Roots, gone: &[(Kind, String)]) -> Moved {
        let mut moved = Moved::default();
        for (kind, _, listed) in &now.0 {
            let before: BTreeMap<&str, &Listed> =
                self.of(*kind).map(|listed| (listed.id.as_str(), listed)).collect();
            for now in listed {
                let same = before.get(now.id.as_str()).is_some_and(|before| before.is_as(now));
                if !same {
                    moved.names.insert((*kind, now.name.clone()));
                    moved.owners.insert(now.id.clone());
                }
            }
            let ids: BTreeSet<&str> = listed.iter().map(|listed| listed.id.as_str()).collect();
            let left = before.values().filter(|before| !ids.contains(before.id.as_str()));
            moved.names.extend(left.map(|before| (*kind, before.name.clone())));
        }
        let gone = self.others.iter().filter(|listed| gone.contains(&(listed.kind, listed.id.clone())));
        for gone in gone {
            moved.names.insert((gone.kind, gone.name.clone()));
            moved.owners.extend(gone.owner.clone());
        }
        moved
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Listed> {
        self.locales.iter().chain(&self.others).filter(move |listed| listed.kind == kind)
    }

    /// Returns a kind that could be read before in this capture and cannot be now.
    pub(super) fn lost(&self, now: &Roots) -> Option<Kind> {
        let was_read = |kind: &Kind| self.kinds.get(kind) == Some(&Availability::Read);
        let lost = now.0.iter().find(|(kind, now, _)| was_read(kind) && *now != Availability::Read);
        lost.map(|(kind, ..)| *kind)
    }

    /// Returns whether a locale that flows are read in is not on the list any more.
    pub(super) fn has_lost_a_locale(&self, now: &Roots) -> bool {
        let is_there = |id: &str| {
            now.0.iter().any(|(kind, _, listed)| *kind == Kind::Locales && listed.iter().any(|l| l.id == id))
        };
        self.locales.iter().any(|locale| !is_there(&locale.id))
    }

    /// Takes the lists as they are now: what is gone leaves, what is new or changed is to be read, with all that
    /// belongs to it. Locales stay as they were when the reading began: charts were read by them.
    pub(super) async fn adopt(
        &mut self,
        source: &Cognigy<'_>,
        now: Roots,
        moved: &Moved,
    ) -> Result<(), Error> {
        let mut roots: Vec<Listed> = Vec::new();
        for (kind, availability, listed) in now.0 {
            if kind == Kind::Locales {
                continue;
            }
            self.kinds.insert(kind, availability);
            roots.extend(listed);
        }
        let mut before: BTreeMap<(Kind, String), Listed> = std::mem::take(&mut self.others)
            .into_iter()
            .map(|listed| ((listed.kind, listed.id.clone()), listed))
            .collect();
        for listed in roots {
            match before.remove(&(listed.kind, listed.id.clone())) {
                Some(same) if same.is_as(&listed) => self.others.push(same),
                _ => self.others.push(listed),
            }
        }
        for kind in Kind::ALL.into_iter().filter(|kind| kind.owner().is_some()) {
            if self.kinds.get(&kind) != Some(&Availability::Read) {
                continue;
            }
            let (again, stay): (Vec<&Listed>, Vec<&Listed>) =
                self.owners_of(kind).partition(|owner| moved.owners.contains(&owner.id));
            let stay: BTreeSet<String> = stay.into_iter().map(|owner| owner.id.clone()).collect();
            let (_, anew) = read_owned(source, kind, &again, true).await?;
            let kept = before
                .extract_if(.., |(of, _), listed| {
                    *of == kind && listed.owner.as_ref().is_some_and(|owner| stay.contains(owner))
                })
                .map(|(_, listed)| listed);
            self.others.extend(kept);
            self.others.extend(anew);
        }
        Ok(())
    }

    /// Returns the resources that stay on the list and are not there, however often both are read, where the list has to
    /// do. Nobody could confirm the path of a single handover provider (dossier §2.12), so that one may be wrong.
    ///
    /// # Errors
    /// There is such a resource of another kind.
    pub(super) fn ghosts(&self, gone: &[(Kind, String)], rounds: usize) -> Result<Vec<&Listed>, Error> {
        if rounds < ROUNDS {
            return Ok(Vec::new());
        }
        let is_gone = |listed: &&Listed| gone.contains(&(listed.kind, listed.id.clone()));
        let ghosts = self.others.iter().filter(is_gone).map(|ghost| match ghost.kind {
            Kind::HandoverProviders => Ok(ghost),
            kind => Err(Error::ListedButGone { kind, name: ghost.name.clone(), rounds }),
        });
        ghosts.collect()
    }

    /// Returns how many requests the resources beside flows will take, at least.
    pub(super) fn requests_to_come(&self) -> u64 {
        let requests = |listed: &Listed| match listed.kind {
            // Their requests follow from their charts.
            Kind::Flows => 0,
            kind => u64::from(has_document(kind)) + paths(kind).more.len() as u64,
        };
        self.unread().map(requests).sum()
    }
}

/// Returns whether a resource of this kind is read by itself, its list entry not being all there is.
pub(super) fn has_document(kind: Kind) -> bool {
    paths(kind).one.is_some() && !kind.is_single()
}

/// Reads the list of one kind, or tells why there is none.
async fn read_root(
    source: &Cognigy<'_>,
    kind: Kind,
    project: &Project,
) -> Result<(Availability, Vec<Listed>), Error> {
    // A flow's charts are read by locale, so flows bring the locales with them.
    let wanted = source.selection.wants_kind(kind)
        || (kind == Kind::Locales && source.selection.wants_kind(Kind::Flows));
    if !wanted {
        return Ok((Availability::Deselected, Vec::new()));
    }
    if kind.is_single() {
        let answer = source.client.one_of(kind, "", "").await.map(|document| vec![document]);
        let listed =
            |document| Listed::single(kind, None, project.id.as_str(), &project.name, document, source);
        return judged(kind, answer.map(|documents| documents.into_iter().map(listed).collect()));
    }
    let answer = source.client.list_of(kind, "").await;
    let read_at = source.clock.now();
    judged(
        kind,
        answer.map(|entries| {
            let listed = entries.into_iter().map(|entry| Listed::new(kind, None, entry, read_at));
            listed.filter(|l| kind == Kind::Locales || source.selection.wants(kind, &l.name)).collect()
        }),
    )
}

/// Tells a kind that the server does not have, or does not show, from one that could not be read.
fn judged(kind: Kind, answer: Result<Vec<Listed>, ApiError>) -> Result<(Availability, Vec<Listed>), Error> {
    match answer {
        Ok(listed) => Ok((Availability::Read, listed)),
        Err(error) if error.is_unsupported_list() && !kind.is_everywhere() => {
            Ok((Availability::Unsupported, Vec::new()))
        }
        Err(error) if error.is_forbidden() && !kind.is_core() => Ok((Availability::Forbidden, Vec::new())),
        Err(error) => Err(Error::api(&format!("the list of {kind}"), error)),
    }
}
