//! A policy by itself: the tiers of another configuration file, to be tried and not to be used.

use chrono_tz::Tz;

use super::check::check;
use super::document;
use super::file::ConfigFile;
use super::problem::{At, Fault, Problems};
use super::{retention, values};
use crate::snapshot::Tiers;

/// Reads the tiers and their time zone out of a configuration file's text.
///
/// # Errors
/// All that is wrong in what concerns them.
pub fn policy(text: &str, path: &str) -> Result<(Tiers, Tz), Problems> {
    let (mut value, mut problems) = document::parse(text, path).map_err(|problem| Problems(vec![problem]))?;
    document::clear(&mut value, "$", path, &mut problems);
    problems.extend(check(&mut value, path));
    let key = |at: &str| At::Key { file: path.to_owned(), path: at.to_owned() };
    let file: ConfigFile = serde_json::from_value(value).map_err(|error| {
        let fault = Fault::new(error.to_string(), "what config.schema.json describes");
        Problems(vec![fault.at(At::File(path.to_owned()))])
    })?;
    let zone = file.time_zone.as_deref().map_or(Ok(Tz::UTC), values::time_zone);
    let zone = zone.map_err(|fault| problems.push(fault.at(key("$.timeZone"))));
    let tiers = retention::tiers(&file.retention.unwrap_or_default());
    let tiers = tiers.map_err(|faults| {
        problems
            .extend(faults.into_iter().map(|(place, fault)| fault.at(key(&format!("$.retention{place}")))));
    });
    match (tiers, zone) {
        (Ok(tiers), Ok(zone)) if problems.is_empty() => Ok((tiers, zone)),
        _ => Err(Problems(problems)),
    }
}
