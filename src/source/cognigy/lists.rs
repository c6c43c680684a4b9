//! The lists of a project: what there is to read.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Cognigy, Error, ROUNDS, text};
use crate::cognigy::{self, Error as ApiError};
use crate::snapshot::{Availability, Kind, Origin, Part, PartName, Resource, Times};

/// One entry of a list.
pub(super) struct Listed {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) entry: Value,
    read_at: DateTime<Utc>,
    /// Whether the resource was handed over.
    pub(super) done: Cell<bool>,
}

impl Listed {
    pub(super) fn new(kind: Kind, entry: Value, read_at: DateTime<Utc>) -> Self {
        let id = text(&entry, "_id").unwrap_or_default();
        let name = text(&entry, "name").unwrap_or_else(|| id.clone());
        Self { kind, id, name, entry, read_at, done: Cell::new(false) }
    }

    /// Makes the resource out of its list entry and the other `parts` that were read.
    pub(super) fn resource(&self, mut parts: Vec<Part>) -> Resource {
        let document = parts.iter().find(|part| part.name == PartName::Document).map(|part| &part.value);
        // The document was read after the list; where an entry lacks a field (AI Agents' lists do), it has it.
        let both = || document.into_iter().chain([&self.entry]);
        let number = |key: &str| both().find_map(|said| said.get(key)?.as_i64());
        let string = |key: &str| both().find_map(|said| text(said, key));
        let times = Times {
            created: number("createdAt"),
            created_by: string("createdBy"),
            last_changed: number("lastChanged"),
            last_changed_by: string("lastChangedBy"),
        };
        let reference_id = both().find_map(cognigy::reference_id).map(str::to_owned);
        let name = string("name");
        parts.insert(
            0,
            Part {
                name: PartName::Listed,
                read_at: self.read_at,
                origin: Origin::Read,
                value: self.entry.clone(),
            },
        );
        Resource {
            kind: self.kind,
            reference_id: reference_id.unwrap_or_else(|| self.id.clone()),
            id: self.id.clone(),
            name: name.unwrap_or_else(|| self.name.clone()),
            times,
            parts,
        }
    }

    /// Tells a resource that is gone from one that could not be read.
    pub(super) fn unreadable(&self, error: ApiError) -> Error {
        if error.is_not_found() {
            return Error::Gone { kind: self.kind, name: self.name.clone(), source: Box::new(error) };
        }
        Error::api(&format!("{} `{}`", self.kind, self.name), error)
    }
}

/// Everything that is selected and listed.
pub(super) struct Lists {
    pub(super) locales: Vec<Listed>,
    pub(super) others: Vec<Listed>,
    pub(super) kinds: BTreeMap<Kind, Availability>,
}

impl Lists {
    /// Reads the lists of all selected kinds at once.
    pub(super) async fn read(source: &Cognigy<'_>) -> Result<Self, Error> {
        let kinds = [Kind::Locales, Kind::Lexicons, Kind::AiAgents, Kind::Flows, Kind::Endpoints];
        let answers = futures_util::future::join_all(kinds.iter().map(|kind| read_one(source, *kind))).await;
        let mut lists = Self {
            locales: Vec::new(),
            others: Vec::new(),
            kinds: BTreeMap::from([(Kind::Project, Availability::Read)]),
        };
        for (kind, answer) in kinds.into_iter().zip(answers) {
            let (availability, entries) = answer?;
            lists.kinds.insert(kind, availability);
            if kind == Kind::Locales { &mut lists.locales } else { &mut lists.others }.extend(entries);
        }
        // Charts and intents are read by locale: without one they would be left out in silence.
        let flows = lists.others.iter().any(|listed| listed.kind == Kind::Flows);
        if flows && lists.locales.is_empty() {
            return Err(Error::NoLocales);
        }
        Ok(lists)
    }

    /// Reads the lists again because some of it was `gone`, and carries over what was handed over already.
    pub(super) async fn again(
        self,
        source: &Cognigy<'_>,
        gone: &[(Kind, String)],
        round: usize,
    ) -> Result<Self, Error> {
        let anew = Self::read(source).await?;
        // What was handed over has charts in the locales of the first list; charts in others do not go with them.
        let ids =
            |lists: &Self| lists.locales.iter().map(|locale| locale.id.clone()).collect::<BTreeSet<_>>();
        if ids(&self) != ids(&anew) {
            return Err(Error::LocalesMoved);
        }
        let done: BTreeSet<_> =
            self.others.iter().filter(|l| l.done.get()).map(|l| (l.kind, l.id.clone())).collect();
        for listed in &anew.others {
            listed.done.set(done.contains(&(listed.kind, listed.id.clone())));
            let missing = gone.iter().any(|(kind, id)| *kind == listed.kind && *id == listed.id);
            if missing && round >= ROUNDS {
                return Err(Error::ListedButGone {
                    kind: listed.kind,
                    name: listed.name.clone(),
                    rounds: round,
                });
            }
        }
        Ok(anew)
    }

    /// Returns what is still to be read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &Listed> {
        self.others.iter().filter(|listed| !listed.done.get())
    }

    /// Returns how many requests the documents beside flows will take.
    pub(super) fn requests_to_come(&self) -> u64 {
        let requests = |listed: &Listed| match listed.kind {
            Kind::Lexicons => 3,
            Kind::Endpoints | Kind::AiAgents => 1,
            Kind::Project | Kind::Locales | Kind::Flows => 0,
        };
        self.unread().map(requests).sum()
    }
}

/// Reads the list of one kind, or tells why there is none.
async fn read_one(source: &Cognigy<'_>, kind: Kind) -> Result<(Availability, Vec<Listed>), Error> {
    // A flow's charts are read by locale, so flows bring the locales with them.
    let wanted = source.selection.wants_kind(kind)
        || (kind == Kind::Locales && source.selection.wants_kind(Kind::Flows));
    if !wanted {
        return Ok((Availability::Deselected, Vec::new()));
    }
    let client = source.client;
    let answer = match kind {
        Kind::Locales => client.locales().await,
        Kind::Lexicons => client.lexicons().await,
        Kind::AiAgents => client.ai_agents().await,
        Kind::Flows => client.flows().await,
        Kind::Endpoints => client.endpoints().await,
        Kind::Project => Ok(Vec::new()),
    };
    let read_at = source.clock.now();
    match answer {
        Ok(entries) => {
            let listed = entries.into_iter().map(|entry| Listed::new(kind, entry, read_at));
            let wanted = |l: &Listed| kind == Kind::Locales || source.selection.wants(kind, &l.name);
            Ok((Availability::Read, listed.filter(wanted).collect()))
        }
        Err(error) if error.is_unsupported_list() && !kind.essential() => {
            Ok((Availability::Unsupported, Vec::new()))
        }
        Err(error) => Err(Error::api(&format!("the list of {kind}"), error)),
    }
}
