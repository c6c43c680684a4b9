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
        }
    }
}
