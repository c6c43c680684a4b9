//! Lists of what belongs to one resource each: states of a flow, sources of a knowledge store, yes and no of a locale.
//!
//! Such a list answers "not found" for two reasons: the server does not know the kind, or the owner was deleted since it
//! was listed. So the owner is asked for.

use futures_util::future::join_all;

use super::listed::Listed;
use super::{Cognigy, Error};
use crate::cognigy::Error as ApiError;
use crate::snapshot::{Availability, Kind};

/// Reads what of `kind` belongs to each of `owners`, or tells why nothing can be read; of a kind that could be read before
/// in this capture (`known`), that is an error. What belongs to an owner that is gone is not missed: the owner's own
/// reading will notice.
pub(super) async fn read_owned(
    source: &Cognigy<'_>,
    kind: Kind,
    owners: &[&Listed],
    known: bool,
) -> Result<(Availability, Vec<Listed>), Error> {
    let answers = join_all(owners.iter().map(|owner| list(source, kind, owner))).await;
    let (mut listed, mut refused) = (Vec::new(), Vec::new());
    let mut any = known;
    for (owner, answer) in owners.iter().zip(answers) {
        match answer {
            Ok(entries) => {
                any = true;
                listed.extend(entries.into_iter().filter(|l| source.selection.wants(kind, &l.name)));
            }
            Err(error) if error.is_unsupported_list() || error.is_forbidden() => {
                refused.push((*owner, error))
            }
            Err(error) => return Err(unreadable(kind, owner, error)),
        }
    }
    for (owner, error) in refused {
        if error.is_unsupported_list() && is_gone(source, owner).await? {
            continue;
        }
        // The same list can be read for another owner, so this is no matter of the whole kind.
        if any {
            return Err(unreadable(kind, owner, error));
        }
        let availability =
            if error.is_forbidden() { Availability::Forbidden } else { Availability::Unsupported };
        return Ok((availability, Vec::new()));
    }
    Ok((Availability::Read, listed))
}

async fn list(source: &Cognigy<'_>, kind: Kind, owner: &Listed) -> Result<Vec<Listed>, ApiError> {
    if kind.is_single() {
        let document = source.client.one_of(kind, &owner.id, "").await?;
        return Ok(vec![Listed::single(kind, Some(&owner.id), &owner.id, &owner.name, document, source)]);
    }
    let entries = source.client.list_of(kind, &owner.id).await?;
    let read_at = source.clock.now();
    Ok(entries.into_iter().map(|entry| Listed::new(kind, Some(&owner.id), entry, read_at)).collect())
}

async fn is_gone(source: &Cognigy<'_>, owner: &Listed) -> Result<bool, Error> {
    if owner.kind == Kind::Locales {
        // There is no reading of a single one: the list is all.
        let locales = source.client.list_of(Kind::Locales, "").await;
        let locales = locales.map_err(|error| Error::api("the list of locales", error))?;
        return Ok(!locales.iter().any(|locale| crate::cognigy::id(locale) == Some(&owner.id)));
    }
    match source.client.one_of(owner.kind, "", &owner.id).await {
        Ok(_) => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(owner.unreadable(error)),
    }
}

fn unreadable(kind: Kind, owner: &Listed, error: ApiError) -> Error {
    Error::api(&format!("the list of {kind} of {} `{}`", owner.kind, owner.name), error)
}
