//! Lists of what belongs to one resource each: states of a flow, sources of a knowledge store, yes and no of a locale.
//!
//! Such a list answers "not found" for two reasons: the server does not know the kind, or the owner was deleted since it
//! was listed. So the owner is asked for.

use futures_util::future::join_all;

use super::Error;
use super::capture::Capture;
use super::earlier::Known;
use super::listed::Listed;
use super::schedule::owned_list;
use crate::cognigy::Error as ApiError;
use crate::snapshot::{Availability, Kind, Origin, PartName};

/// Reads what of `kind` belongs to each of `owners`, or tells why nothing can be read; of a kind that could be read before
/// in this capture (`known`), that is an error. What belongs to an owner that is gone is not missed: the owner's own
/// reading will notice.
pub(super) async fn read_owned(
    capture: &Capture<'_>,
    kind: Kind,
    owners: &[&Listed],
    known: bool,
) -> Result<(Availability, Vec<Listed>), Error> {
    let (carried, asked): (Vec<&Listed>, Vec<&Listed>) =
        owners.iter().copied().partition(|owner| owner.is_kept() || is_carried(capture, kind, owner));
    let mut listed: Vec<Listed> = Vec::new();
    for owner in &carried {
        let owned = from_earlier(capture, kind, owner, Origin::Carried).into_iter();
        // What belongs to a resource whose own list cannot be read goes with it.
        listed.extend(owned.map(|one| match owner.why_kept() {
            Some(why) => one.kept(why.to_owned()),
            None => one,
        }));
    }
    let mut any = known || !carried.is_empty();
    // A kind that the server did not have is asked for once, not for each owner.
    let first = match capture.source.earlier.as_ref().and_then(|earlier| earlier.kind(kind)) {
        Some(before) if !any && before.availability != Availability::Read && capture.is_sparing() => 1,
        _ => asked.len(),
    };
    let (mut answers, mut refused) = (Vec::new(), Vec::new());
    for group in [&asked[..first.min(asked.len())], &asked[first.min(asked.len())..]] {
        let lists = join_all(group.iter().map(|owner| list(capture, kind, owner))).await;
        let none = !lists.is_empty() && !lists.iter().any(Result::is_ok);
        answers.extend(group.iter().copied().zip(lists));
        if none {
            break;
        }
    }
    for (owner, answer) in answers {
        match answer {
            Ok(entries) => {
                any = true;
                listed.extend(entries.into_iter().filter(|l| capture.source.selection.wants(kind, &l.name)));
            }
            Err(error) if error.is_unsupported_list() || error.is_forbidden() => refused.push((owner, error)),
            Err(error) => listed.extend(instead(capture, kind, owner, error)?),
        }
    }
    let had =
        |owner: &Listed| capture.source.carries_unreadable && !earlier_of(capture, kind, owner).is_empty();
    // The same list can be read for another owner, or could be before: then this is no matter of the whole kind.
    any |= refused.iter().any(|(owner, _)| had(owner));
    for (owner, error) in refused {
        if error.is_unsupported_list() && is_gone(capture, owner).await? {
            continue;
        }
        if any {
            listed.extend(instead(capture, kind, owner, error)?);
            continue;
        }
        let availability =
            if error.is_forbidden() { Availability::Forbidden } else { Availability::Unsupported };
        return Ok((availability, Vec::new()));
    }
    Ok((Availability::Read, listed))
}

fn is_carried(capture: &Capture<'_>, kind: Kind, owner: &Listed) -> bool {
    let (key, part) = owned_list(kind, owner);
    if !capture.carries(&key, &part) {
        return false;
    }
    // What belonged to a resource that has another kind of list now is not known.
    let before = capture.source.earlier.as_ref().and_then(|earlier| earlier.kind(kind));
    before.is_some_and(|before| before.availability == Availability::Read)
}

/// Returns what belonged to an owner when its list was read last.
fn from_earlier(capture: &Capture<'_>, kind: Kind, owner: &Listed, origin: Origin) -> Vec<Listed> {
    let Some(earlier) = &capture.source.earlier else { return Vec::new() };
    let (key, part) = owned_list(kind, owner);
    let read_at = earlier.find(key.0, &key.1).map_or(capture.began, |known| known.time_of(&part.to_string()));
    if !kind.is_single() {
        owner.owns(kind, read_at, origin);
    }
    let entry = |known: &&Known<'_>| {
        let known = known.entry;
        // Of what is there once the list is the document; it is loaded to be read by.
        let stored = kind.is_single().then(|| earlier.load(kind, &known.id)).flatten();
        let stored = stored.as_ref().and_then(|stored| stored.part(&PartName::Listed));
        Listed::carried(known, stored, read_at)
    };
    earlier_of(capture, kind, owner).iter().map(entry).collect()
}

fn earlier_of<'c>(capture: &'c Capture<'_>, kind: Kind, owner: &Listed) -> Vec<&'c Known<'c>> {
    let Some(earlier) = &capture.source.earlier else { return Vec::new() };
    let all = earlier.all_of(kind, Some(&owner.id));
    all.into_iter().filter(|known| capture.source.selection.wants(kind, &known.entry.name)).collect()
}

/// Takes over what belonged to an owner whose list cannot be read.
fn instead(capture: &Capture<'_>, kind: Kind, owner: &Listed, error: ApiError) -> Result<Vec<Listed>, Error> {
    let knows =
        capture.source.earlier.as_ref().is_some_and(|earlier| earlier.find(owner.kind, &owner.id).is_some());
    let before = capture.source.earlier.as_ref().and_then(|earlier| earlier.kind(kind));
    let was_read = before.is_some_and(|before| before.availability == Availability::Read);
    if !capture.source.carries_unreadable || error.is_unauthorized() || !knows || !was_read {
        return Err(unreadable(kind, owner, error));
    }
    let why = error.to_string();
    let kept = from_earlier(capture, kind, owner, Origin::Carried);
    if kept.is_empty() {
        capture.note_list(kind, Some(owner), why)?;
        return Ok(kept);
    }
    Ok(kept.into_iter().map(|listed| listed.kept(why.clone())).collect())
}

async fn list(capture: &Capture<'_>, kind: Kind, owner: &Listed) -> Result<Vec<Listed>, ApiError> {
    if kind.is_single() {
        let read_at = capture.now();
        let document = capture.client().one_of(kind, &owner.id, "").await?;
        return Ok(vec![Listed::single(kind, Some(&owner.id), &owner.id, &owner.name, document, read_at)]);
    }
    let read_at = capture.now();
    let entries = capture.client().list_of(kind, &owner.id).await?;
    owner.owns(kind, read_at, Origin::Read);
    Ok(entries.into_iter().map(|entry| Listed::new(kind, Some(&owner.id), entry, read_at)).collect())
}

async fn is_gone(capture: &Capture<'_>, owner: &Listed) -> Result<bool, Error> {
    if owner.kind == Kind::Locales {
        // There is no reading of a single one: the list is all.
        let locales = capture.client().list_of(Kind::Locales, "").await;
        let locales = locales.map_err(|error| Error::api("the list of locales", error))?;
        return Ok(!locales.iter().any(|locale| crate::cognigy::id(locale) == Some(&owner.id)));
    }
    match capture.client().one_of(owner.kind, "", &owner.id).await {
        Ok(_) => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(owner.unreadable(error)),
    }
}

fn unreadable(kind: Kind, owner: &Listed, error: ApiError) -> Error {
    Error::api(&format!("the list of {kind} of {} `{}`", owner.kind, owner.name), error)
}
