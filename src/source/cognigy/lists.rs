//! The lists of a project: what there is to read, and what of it moved since.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join_all};

use super::capture::Capture;
use super::glance::Glance;
use super::listed::Listed;
use super::owned::read_owned;
use super::{Error, ROUNDS};
use crate::cognigy::{Error as ApiError, paths};
use crate::snapshot::{Availability, Kind, PartName, Project};

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

/// The lists of kinds that belong to nothing but the project.
pub(super) struct Roots(Vec<(Kind, Availability, Vec<Listed>)>);

impl Roots {
    /// Reads them all at once.
    pub(super) async fn read(capture: &Capture<'_>, project: &Project) -> Result<Self, Error> {
        Self::read_those(capture, project, |_| true).await
    }

    /// Looks once more, when all else was read: at those lists only of which two glances at the project, the one `before`
    /// and another one now, which takes its place, do not say that nothing moved.
    pub(super) async fn read_again(
        capture: &Capture<'_>,
        project: &Project,
        lists: &Lists,
        before: &mut Option<Glance>,
    ) -> Result<Self, Error> {
        let now = match before {
            Some(_) => Glance::take(capture).await,
            None => None,
        };
        let glances = before.as_ref().zip(now.as_ref());
        let may_have_moved = |kind: Kind| {
            let same = |(before, now): (&Glance, &Glance)| {
                before.agrees(now, kind) && before.covers(kind, &lists.of(kind).collect::<Vec<_>>())
            };
            // What is a single document was read in one moment; what came after is the next run's.
            let is_one_moment = kind.is_single() && capture.is_sparing();
            !is_one_moment && !glances.is_some_and(same)
        };
        // A list that could not be read at first is not asked for again.
        let was_read = |kind: Kind| !lists.of(kind).any(Listed::is_kept);
        let mut again =
            Self::read_those(capture, project, |kind| may_have_moved(kind) && was_read(kind)).await?;
        // A list that cannot be read any more was read before: what was on it stands.
        for (kind, _, listed) in again.0.extract_if(.., |(_, _, listed)| listed.iter().any(Listed::is_kept)) {
            let why = listed.iter().find_map(Listed::why_kept).unwrap_or_default();
            capture.note_list(kind, None, why.to_owned())?;
        }
        *before = now;
        Ok(again)
    }

    async fn read_those(
        capture: &Capture<'_>,
        project: &Project,
        is_read: impl Fn(Kind) -> bool,
    ) -> Result<Self, Error> {
        let is_root = |kind: &Kind| kind.owner().is_none() && *kind != Kind::Project && is_read(*kind);
        let lists = Kind::ALL.into_iter().filter(is_root).map(async |kind| {
            let (availability, listed) = read_root(capture, kind, project).await?;
            Ok((kind, availability, listed))
        });
        Ok(Self(try_join_all(lists).await?))
    }
}

impl Lists {
    /// Reads the lists of all selected kinds.
    pub(super) async fn read(capture: &Capture<'_>, project: &Project) -> Result<Self, Error> {
        let roots = Roots::read(capture, project).await?;
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
        capture.choose_owned(&lists);
        let owned = Kind::ALL.into_iter().filter(|kind| kind.owner().is_some());
        let read = join_all(owned.map(async |kind| {
            if !capture.source.selection.wants_kind(kind) {
                return Ok((kind, Availability::Deselected, Vec::new()));
            }
            let owners: Vec<&Listed> = lists.owners_of(kind).collect();
            let (availability, listed) = read_owned(capture, kind, &owners, false).await?;
            Ok((kind, availability, listed))
        }));
        for answer in read.await {
            let (kind, availability, listed) = answer?;
            lists.kinds.insert(kind, availability);
            lists.others.extend(listed);
        }
        Ok(lists)
    }

    pub(super) fn owners_of(&self, kind: Kind) -> impl Iterator<Item = &Listed> {
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

    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Listed> {
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
        // Where two glances say that nothing moved among them, they were not asked for again.
        if !now.0.iter().any(|(kind, ..)| *kind == Kind::Locales) {
            return false;
        }
        let is_there = |id: &str| {
            now.0.iter().any(|(kind, _, listed)| *kind == Kind::Locales && listed.iter().any(|l| l.id == id))
        };
        self.locales.iter().any(|locale| !is_there(&locale.id))
    }

    /// Takes the lists as they are now: what is gone leaves, what is new or changed is to be read, with all that
    /// belongs to it. Locales stay as they were when the reading began: charts were read by them.
    pub(super) async fn adopt(
        &mut self,
        capture: &Capture<'_>,
        now: Roots,
        moved: &Moved,
    ) -> Result<(), Error> {
        let mut roots: Vec<Listed> = Vec::new();
        let looked: BTreeSet<Kind> = now.0.iter().map(|(kind, ..)| *kind).collect();
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
        // What was not looked at again stays as it is.
        let stays =
            |(kind, _): &(Kind, String), _: &mut Listed| kind.owner().is_none() && !looked.contains(kind);
        self.others.extend(before.extract_if(.., stays).map(|(_, listed)| listed));
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
            let (_, anew) = read_owned(capture, kind, &again, true).await?;
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
}

/// Returns whether a resource of this kind is read by itself, its list entry not being all there is.
pub(super) fn has_document(kind: Kind) -> bool {
    paths(kind).one.is_some() && !kind.is_single()
}

/// Reads the list of one kind, or tells why there is none. A list that cannot be read is carried, with all that was on it.
async fn read_root(
    capture: &Capture<'_>,
    kind: Kind,
    project: &Project,
) -> Result<(Availability, Vec<Listed>), Error> {
    let selection = capture.source.selection;
    // A flow's charts are read by locale, so flows bring the locales with them.
    let wanted = selection.wants_kind(kind) || (kind == Kind::Locales && selection.wants_kind(Kind::Flows));
    if !wanted {
        return Ok((Availability::Deselected, Vec::new()));
    }
    let (client, read_at) = (capture.client(), capture.now());
    let answer = if kind.is_single() {
        client.one_of(kind, "", "").await.map(|document| vec![document])
    } else {
        client.list_of(kind, "").await
    };
    let error = match answer {
        Ok(entries) => {
            let listed = entries.into_iter().map(|entry| match kind.is_single() {
                true => Listed::single(kind, None, project.id.as_str(), &project.name, entry, read_at),
                false => Listed::new(kind, None, entry, read_at),
            });
            let wants =
                |l: &Listed| kind == Kind::Locales || kind.is_single() || selection.wants(kind, &l.name);
            return Ok((Availability::Read, listed.filter(wants).collect()));
        }
        Err(error) => error,
    };
    let kept = instead(capture, kind, &error);
    let availability = match unavailable(kind, &error) {
        Some(availability) => availability,
        None if kept.is_empty() => return Err(Error::api(&format!("the list of {kind}"), error)),
        None => Availability::Read,
    };
    Ok((availability, kept))
}

/// Returns what was on a list that cannot be read.
fn instead(capture: &Capture<'_>, kind: Kind, error: &ApiError) -> Vec<Listed> {
    let Some(earlier) = &capture.source.earlier else { return Vec::new() };
    if !capture.source.carries_unreadable || error.is_unauthorized() {
        return Vec::new();
    }
    let wants = |name: &str| kind == Kind::Locales || capture.source.selection.wants(kind, name);
    let all = earlier.all_of(kind, None).into_iter().filter(|known| wants(&known.entry.name));
    let kept = all.map(|known| {
        let stored = earlier.load(kind, &known.entry.id);
        let stored = stored.as_ref().and_then(|stored| stored.part(&PartName::Listed));
        let read_at = known.time_of(&PartName::Listed.to_string());
        Listed::carried(known.entry, stored, read_at).kept(error.to_string())
    });
    kept.collect()
}

/// Tells a kind that the server does not have, or does not show, from one that could not be read.
fn unavailable(kind: Kind, error: &ApiError) -> Option<Availability> {
    if error.is_unsupported_list() && !kind.is_everywhere() {
        Some(Availability::Unsupported)
    } else if error.is_forbidden() && !kind.is_core() {
        Some(Availability::Forbidden)
    } else {
        None
    }
}
