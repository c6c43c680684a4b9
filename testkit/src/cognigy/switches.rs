//! What the dossier could not confirm about the live server: one switch each, so that the product is tested against
//! both readings. The defaults are the documented or more probable ones.

/// The open questions (dossier §8 and every "unconfirmed" this product meets). Whether a 429 says when to come back
/// (§1.7) is asked for where the limit is set, in [`super::RateLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// `GET /flows/{id}/chart/nodes` carries `config`, `preview` and `localeReference` (§2.4, §5.3). Default: no.
    pub node_list_config: bool,
    /// That list honours `preferredLocaleId`; else it shows the primary locale's versions (§2.4). Default: yes.
    pub node_list_honours_locale: bool,
    /// `GET /lexicons/{id}/entries` is a bare array and not paged (§1.5). Default: no.
    pub lexicon_entries_bare: bool,
    /// Cursors are called `next` and `previous`, as in older descriptions (§1.5). Default: no.
    pub old_cursor_names: bool,
    /// A `limit` above 100 is taken as 100 and not refused (§1.5). Default: no.
    pub clamp_limit: bool,
    /// A wrong key gives 500, as the CLI once saw, and not 401 (§1.6). Default: no.
    pub wrong_key_is_500: bool,
    /// `lastChanged` of a flow follows edits of its nodes and intents (§5.4). Default: yes.
    pub flow_shows_content_edits: bool,
    /// `lastChanged` of a lexicon follows edits of its entries and slots (§5.4). Default: yes.
    pub lexicon_shows_content_edits: bool,
    /// An AI agent's keys come in another order with every read (§2.11). Default: no.
    pub shuffle_agent_keys: bool,
    /// Lists, nodes, relations and exports come in another order with every read, when no `sort` asks for one; the
    /// pages of one read agree with each other (§1.5). Default: no.
    pub shuffle_lists: bool,
    /// The intents export names `_id` and `referenceId` (§8.9). Default: yes.
    pub intents_export_ids: bool,
    /// There are no AI agents on this server: their routes answer 404 (§2.11). Default: no.
    pub agents_absent: bool,
    /// Items of the AI agents' list lack `referenceId` (§2.11). Default: no.
    pub agent_items_without_reference_id: bool,
    /// The AI agents' list answers 500 without `Accept: application/json` (§2.11). Default: no.
    pub agents_need_accept: bool,
    /// Without `Accept: application/json` the answer is HAL, as older servers did (§1.4). Default: yes.
    pub hal_by_default: bool,
    /// A GET with a body is refused by the front door: 403 and nothing else (§1.4). Default: yes. Off, the vendor's
    /// client 0.19.0 can list projects and read the graph, for which it sends its arguments as a body.
    pub refuse_get_bodies: bool,
    /// Values that the server computes differ with every read: scores of feedback reports, `isTrainingOutOfDate`, the
    /// wording of transpiled code (§2.3, §2.4, §2.5). Default: no.
    pub noise: bool,
    /// Nodes carry `mock` and `conversionMetadata`, as on newer servers (§2.4). Default: no.
    pub newer_nodes: bool,
    /// The graph lists AI agents and handover providers, as on newer servers (§2.1). Default: yes.
    pub graph_lists_agents: bool,
    /// A connection's values come as asterisks (§2.12, §8.5). Default: no, as the vendor's types have it.
    pub connections_masked: bool,
    /// There is no list of handover providers at `/handover/providers` (§2.12). Default: no.
    pub handover_list_absent: bool,
    /// `lastChanged` of knowledge stores and sources follows edits of what they hold (§5.4). Default: yes.
    pub knowledge_shows_content_edits: bool,
    /// Yes/no intents come as the database holds them, with a report that the server computes; the vendor's types
    /// allow both (§2.2). Default: no.
    pub yes_no_as_stored: bool,
    /// The key's user has the organisation's role that audit events need; without it both their routes answer 403
    /// (§2.12, §5.4, §8.3). Default: no.
    pub audit_events: bool,
    /// An audit event of an edit inside a flow names the node, the intent or whatever was edited; else it names the
    /// flow alone, as a `patch` of it (§5.4, §8.3). Default: yes.
    pub audit_names_nodes: bool,
    /// How often a task's state must be read until it is `done` (§2.8). Default: 1.
    pub polls_until_done: u32,
    /// Answers above 1 KB are compressed for a client that accepts gzip (§1.4). Default: yes.
    pub gzip: bool,
    /// The key's user may not write: every write answers 403 (§1.1). Default: no.
    pub read_only: bool,
    /// What the key may not write answers 404, as if it were not there, and not 403 (§1.6). Default: no.
    pub denied_is_404: bool,
    /// A POST that made something answers 201 and not 200 (§2). Default: yes.
    pub created_is_201: bool,
    /// The largest JSON body in bytes, above which a write answers 413; the documentation says 60 kB and the vendor's
    /// chart 65,536 (§1.8, §8.11). Default: 60,000.
    pub max_json_body: Option<usize>,
    /// A PATCH puts the objects in its body field by field into those that are there (an endpoint's settings, a
    /// connection's fields), so that what it leaves out stays; else it replaces them (§2.6, §2.12). Default: no.
    pub patch_merges: bool,
    /// A POST keeps the `referenceId` in its body for those kinds whose types do not exclude it: lexicons, locales,
    /// slot fillers, knowledge stores, and documents that have one; else the server ignores it and makes its own (§8.6).
    /// Default: no.
    pub takes_reference_id: bool,
    /// Kinds, by the names in [`super::KINDS`], of which no two in a project (intents: in a flow) may have one name:
    /// a second one answers 409 (§8.12). Default: flows, lexicons, locales.
    pub names_unique: &'static [&'static str],
    /// A node's config is refused with a key that its type does not have (§2.4). Default: yes.
    pub strict_node_config: bool,
    /// It is refused also with `transpiled` or `hasError` in it, which the server computes; else they are ignored (§2.4).
    /// Default: yes.
    pub computed_config_refused: bool,
    /// The POST of a node takes a `localeId` and gives the node a version there; else the field is unknown, as in the
    /// vendor's types (§2.4). Default: no.
    pub node_create_takes_locale: bool,
    /// The PATCH of a node in a locale where it is not localised localises it; else it answers 400 (§2.4). Default: no.
    pub node_patch_localises: bool,
    /// `insertAfter` works in chains, too, as `append` does; else it looks only among branches and answers 500, as
    /// `insertBefore` does (§2.4). Default: no.
    pub insert_after_in_chains: bool,
    /// What is localised without `inheritFromLocaleId` begins empty, and not as a copy of what it inherited (§2.4, §2.5).
    /// Default: no.
    pub localisation_starts_blank: bool,
    /// Nodes and intents can be localised, and intents be imported, only where their flow is (§2.4, §2.5). Default: yes.
    pub localisation_needs_flow: bool,
    /// A sentence for a locale in which its intent is not localised localises it; else it answers 400 (§2.5). Default: no.
    pub sentence_localises: bool,
    /// An import of intents with `overwrite` removes those that the file lacks (§2.5, §8.9). Default: no.
    pub intents_overwrite_removes: bool,
    /// An import into a lexicon with `overwrite` removes entries that the file lacks (§2.7). Default: no.
    pub lexicon_overwrite_removes: bool,
    /// The POST of a lexicon's entry takes its synonyms as `keyphrases`, as the vendor's types have it; else the field is
    /// refused, as the vendor's descriptions and batch operations have it, and each has its own POST (§2.7). Default: no.
    pub entry_takes_keyphrases: bool,
    /// The PATCH of a flow's settings takes `localeSettings` in the form in which it is read, a list; else only one
    /// object, as in the vendor's types (§2.3). Default: no.
    pub flow_settings_take_list: bool,
    /// A flow or lexicon that is deleted is also detached from the flows it is attached to; else they name it still
    /// (§1.9). Default: no.
    pub deletes_clear_references: bool,
    /// A flow that is deleted takes the endpoints that lead to it with it; else they lead nowhere (§2.3). Default: no.
    pub flow_delete_takes_endpoints: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            node_list_config: false,
            node_list_honours_locale: true,
            lexicon_entries_bare: false,
            old_cursor_names: false,
            clamp_limit: false,
            wrong_key_is_500: false,
            flow_shows_content_edits: true,
            lexicon_shows_content_edits: true,
            shuffle_agent_keys: false,
            shuffle_lists: false,
            intents_export_ids: true,
            agents_absent: false,
            agent_items_without_reference_id: false,
            agents_need_accept: false,
            hal_by_default: true,
            refuse_get_bodies: true,
            noise: false,
            newer_nodes: false,
            graph_lists_agents: true,
            connections_masked: false,
            handover_list_absent: false,
            knowledge_shows_content_edits: true,
            yes_no_as_stored: false,
            audit_events: false,
            audit_names_nodes: true,
            polls_until_done: 1,
            gzip: true,
            read_only: false,
            denied_is_404: false,
            created_is_201: true,
            max_json_body: Some(60_000),
            patch_merges: false,
            takes_reference_id: false,
            names_unique: &["flows", "lexicons", "locales"],
            strict_node_config: true,
            computed_config_refused: true,
            node_create_takes_locale: false,
            node_patch_localises: false,
            insert_after_in_chains: false,
            localisation_starts_blank: false,
            localisation_needs_flow: true,
            sentence_localises: false,
            intents_overwrite_removes: false,
            lexicon_overwrite_removes: false,
            entry_takes_keyphrases: false,
            flow_settings_take_list: false,
            deletes_clear_references: false,
            flow_delete_takes_endpoints: false,
        }
    }
}
