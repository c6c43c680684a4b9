//! The kinds of one document each (dossier §2.12): where they are, and what their lists leave out.

use super::{Answer, View, document};
use crate::cognigy::project::{Collection, Document};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, page};
use serde_json::{Map, Value, json};

/// The organisation every project belongs to.
pub(super) const ORGANISATION: &str = "5f0000000000000000000001";

/// What stands in place of a connection's values where the server masks them.
const MASK: &str = "********";

impl Collection {
    /// The path of the list and of a read. Tokens hang below the project and have no read.
    pub(super) const fn path(self) -> &'static [&'static str] {
        match self {
            Self::Functions => &["functions"],
            Self::Connections => &["connections"],
            Self::NluConnectors => &["nluconnectors"],
            Self::Playbooks => &["playbooks"],
            Self::Extensions => &["extensions"],
            Self::Tokens => &["projects", "*", "snippets"],
            Self::LargeLanguageModels => &["largelanguagemodels"],
            Self::Goals => &["milestones"],
            Self::CopilotConfigs => &["aicopilotconfigs"],
            Self::HandoverProviders => &["handover", "providers"],
        }
    }

    /// The path of a read, without the id.
    const fn read_path(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Tokens => None,
            // Singular, while the list and the write are plural (§2.12).
            Self::HandoverProviders => Some(&["handover", "provider"]),
            other => Some(other.path()),
        }
    }

    /// The fields of a list item; `None` is all of them.
    const fn listed(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Functions => Some(&["referenceId", "isDisabled", "name"]),
            Self::Connections => Some(&["referenceId", "name", "isDeprecated", "extension", "type"]),
            Self::NluConnectors => Some(&["name", "type", "referenceId"]),
            Self::Playbooks => Some(&["name"]),
            Self::Extensions => {
                Some(&["name", "label", "version", "imageUrlToken", "description", "trustedCode"])
            }
            Self::LargeLanguageModels => Some(&[
                "referenceId",
                "name",
                "description",
                "modelType",
                "provider",
                "connectionId",
                "isDefault",
            ]),
            Self::Goals => Some(&["referenceId", "name", "description"]),
            Self::HandoverProviders => Some(&["referenceId", "name", "serviceId", "service", "localeId"]),
            Self::Tokens | Self::CopilotConfigs => None,
        }
    }
}

impl View<'_> {
    /// Answers if the path is a list or a read of a kind of documents.
    pub(super) fn documents(&self, path: &[&str]) -> Option<Answer> {
        Collection::ALL.into_iter().find_map(|kind| {
            let fits = |pattern: &[&str], path: &[&str]| {
                pattern.len() == path.len() && pattern.iter().zip(path).all(|(p, s)| p == s || *p == "*")
            };
            if fits(kind.path(), path) {
                return Some(self.list_documents(kind, path));
            }
            let (id, above) = path.split_last()?;
            fits(kind.read_path()?, above).then(|| self.read_document(kind, id))
        })
    }

    fn list_documents(&self, kind: Collection, path: &[&str]) -> Answer {
        match kind {
            Collection::Tokens => self.own(path[1])?,
            Collection::HandoverProviders if self.ask.switches.handover_list_absent => {
                return Err(self.unknown());
            }
            _ => self.scoped()?,
        }
        page(self.ask, self.project.documents(kind), |found| match kind.listed() {
            None => self.shown(kind, found),
            Some(fields) => {
                let pick = |name: &&str| Some(((*name).to_owned(), found.body.get(*name)?.clone()));
                let item = timed(kind, found, fields.iter().filter_map(pick).collect());
                match (kind, item) {
                    // By the vendor's types an extension's list item has an id and no times.
                    (Collection::Extensions, Value::Object(mut item)) => {
                        item.retain(|name, _| name == "_id" || fields.contains(&name.as_str()));
                        Value::Object(item)
                    }
                    (_, item) => item,
                }
            }
        })
    }

    pub(super) fn read_document(&self, kind: Collection, id: &str) -> Answer {
        let found = self.project.documents(kind).iter().find(|d| d.meta.id == id);
        let found =
            found.ok_or_else(|| Reply::missing(&format!("The resource among the {}", kind.name())))?;
        Ok(self.shown(kind, found))
    }

    /// A whole document.
    fn shown(&self, kind: Collection, found: &Document) -> Value {
        let mut body = found.body.clone();
        match kind {
            Collection::Connections if self.ask.switches.connections_masked => {
                let fields = body.get_mut("fields").and_then(Value::as_object_mut);
                fields.into_iter().flatten().for_each(|(_, value)| *value = json!(MASK));
            }
            Collection::NluConnectors => {
                let code = body.get_mut("transformer").and_then(|t| t.get_mut("transpiledTransformer"));
                code.into_iter().for_each(|code| self.built(code));
            }
            Collection::Extensions => drop(body.insert("projectId".to_owned(), json!(self.project.id()))),
            Collection::CopilotConfigs => self.belong(&mut body),
            Collection::HandoverProviders => {
                body.insert("organisationId".to_owned(), json!(ORGANISATION));
            }
            _ => {}
        }
        timed(kind, found, body)
    }

    /// Adds whose a document is.
    pub(super) fn belong(&self, body: &mut Map<String, Value>) {
        body.insert("projectReference".to_owned(), json!(self.project.id()));
        body.insert("organisationReference".to_owned(), json!(ORGANISATION));
    }
}

/// A document with its times, which handover providers name in their own way.
fn timed(kind: Collection, found: &Document, body: Map<String, Value>) -> Value {
    let mut made = document(&found.meta, Value::Object(body));
    if let (Collection::HandoverProviders, Value::Object(fields)) = (kind, &mut made) {
        fields.retain(|name, _| !["lastChanged", "createdBy", "lastChangedBy"].contains(&name.as_str()));
        fields.insert("lastChangedAt".to_owned(), json!(found.meta.last_changed));
    }
    made
}

impl Listed for Document {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        Document::name(self)
    }
    fn times(&self) -> (i64, i64) {
        (self.meta.created_at, self.meta.last_changed)
    }
    fn place(&self) -> i64 {
        self.body.get("order").and_then(Value::as_i64).unwrap_or_default()
    }
}
