//! Where the API keeps each kind: the path of its list, and of one resource (dossier §2).

use crate::snapshot::Kind;

/// The paths of a kind below the API's prefix. `{project}` is the project's id, `{owner}` the id of the resource that
/// another belongs to, `{id}` its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Paths {
    /// The list; `None` for what is there once.
    pub list: Option<&'static str>,
    /// One resource; `None` where the list says all there is.
    pub one: Option<&'static str>,
    /// What else belongs to a resource, in requests of its own.
    pub more: &'static [&'static str],
}

/// Returns where the API keeps a kind.
#[must_use]
#[rustfmt::skip]
pub const fn paths(kind: Kind) -> &'static Paths {
    match kind {
        Kind::Project => &Paths { list: None, one: Some("projects/{project}"), more: &[] },
        Kind::Locales => &Paths { list: Some("locales?projectId={project}"), one: None, more: &[] },
        Kind::YesNoIntents => &Paths {
            list: None,
            one: Some("locales/{owner}/yesnointents"),
            more: &["locales/{owner}/yesnointents/{id}/sentences"],
        },
        Kind::Extensions => &Paths {
            list: Some("extensions?projectId={project}"), one: Some("extensions/{id}"), more: &[],
        },
        Kind::Connections => &Paths {
            list: Some("connections?projectId={project}"), one: Some("connections/{id}"), more: &[],
        },
        Kind::NluConnectors => &Paths {
            list: Some("nluconnectors?projectId={project}"), one: Some("nluconnectors/{id}"), more: &[],
        },
        Kind::LargeLanguageModels => &Paths {
            list: Some("largelanguagemodels?projectId={project}"), one: Some("largelanguagemodels/{id}"), more: &[],
        },
        Kind::Functions => &Paths {
            list: Some("functions?projectId={project}"), one: Some("functions/{id}"), more: &[],
        },
        Kind::Tokens => &Paths { list: Some("projects/{project}/snippets"), one: None, more: &[] },
        Kind::Lexicons => &Paths {
            list: Some("lexicons?projectId={project}"),
            one: Some("lexicons/{id}"),
            more: &["lexicons/{id}/entries", "lexicons/{id}/slots"],
        },
        // The list is plural and one is singular in the vendor's OpenAPI document; nobody could confirm it.
        Kind::HandoverProviders => &Paths {
            list: Some("handover/providers?projectId={project}"), one: Some("handover/provider/{id}"), more: &[],
        },
        Kind::KnowledgeStores => &Paths {
            list: Some("knowledgestores?projectId={project}"), one: Some("knowledgestores/{id}"), more: &[],
        },
        Kind::KnowledgeSources => &Paths {
            list: Some("knowledgestores/{owner}/sources"),
            one: Some("knowledgestores/{owner}/sources/{id}"),
            more: &["knowledgestores/{owner}/sources/{id}/chunks?sort=order:asc"],
        },
        Kind::AiAgents => &Paths {
            list: Some("aiagents?projectId={project}"), one: Some("aiagents/{id}"), more: &[],
        },
        Kind::Flows => &Paths {
            list: Some("flows?projectId={project}"),
            one: Some("flows/{id}"),
            more: &[
                "flows/{id}/settings", "flows/{id}/chart", "flows/{id}/chart/nodes", "flows/{id}/chart/nodes/{node}",
                "flows/{id}/intents/export",
            ],
        },
        Kind::FlowStates => &Paths {
            list: Some("flows/{owner}/states"), one: Some("flows/{owner}/states/{id}"), more: &[],
        },
        Kind::SlotFillers => &Paths {
            list: Some("flows/{owner}/slotfillers"), one: Some("flows/{owner}/slotfillers/{id}"), more: &[],
        },
        Kind::Goals => &Paths {
            list: Some("milestones?projectId={project}"), one: Some("milestones/{id}"), more: &[],
        },
        Kind::Playbooks => &Paths {
            list: Some("playbooks?projectId={project}"), one: Some("playbooks/{id}"), more: &[],
        },
        Kind::AiCopilotConfigs => &Paths {
            list: Some("aicopilotconfigs?projectId={project}"), one: Some("aicopilotconfigs/{id}"), more: &[],
        },
        Kind::ProjectSettings => &Paths { list: None, one: Some("projects/{project}/settings"), more: &[] },
        Kind::Endpoints => &Paths {
            list: Some("endpoints?projectId={project}"), one: Some("endpoints/{id}"), more: &[],
        },
    }
}

/// What stands for the placeholders of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'a> {
    pub(super) project: &'a str,
    pub(super) owner: &'a str,
    pub(super) id: &'a str,
}

impl<'a> Filling<'a> {
    /// Returns the segments of a path and its query.
    pub(super) fn fill(self, template: &'a str) -> (Vec<&'a str>, Vec<(&'a str, &'a str)>) {
        let (path, query) = template.split_once('?').unwrap_or((template, ""));
        let filled = |word: &'a str| match word {
            "{project}" => self.project,
            "{owner}" => self.owner,
            "{id}" => self.id,
            word => word,
        };
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        (path.split('/').map(filled).collect(), query.map(|(name, value)| (name, filled(value))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_listed_or_there_once() {
        for kind in Kind::ALL {
            let paths = paths(kind);
            assert_eq!(paths.list.is_none(), kind.is_single(), "{kind}");
            assert!(paths.list.is_some() || paths.one.is_some(), "{kind}");
            // What belongs to something is found below it.
            let below = |path: Option<&str>| path.is_none_or(|path| path.contains("{owner}"));
            assert_eq!(below(paths.list) && below(paths.one), kind.owner().is_some(), "{kind}");
        }
    }

    #[test]
    fn placeholders_are_filled_as_whole_segments() {
        let filling = Filling { project: "p/1", owner: "o", id: "i" };
        let (path, query) = filling.fill("knowledgestores/{owner}/sources/{id}/chunks?sort=order:asc");
        assert_eq!(path, ["knowledgestores", "o", "sources", "i", "chunks"]);
        assert_eq!(query, [("sort", "order:asc")]);
        assert_eq!(filling.fill("flows?projectId={project}"), (vec!["flows"], vec![("projectId", "p/1")]));
        assert_eq!(filling.fill("projects/{project}"), (vec!["projects", "p/1"], vec![]));
    }
}
