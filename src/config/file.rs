//! config.json as it is written: types without defaults or sense, and the schema made from them.
//!
//! A comment on a field is what an editor shows, so it speaks to the person who writes the file. What the values
//! mean together is [`super::Settings`]' business.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::settings::OnPartial;
use super::values;
use crate::snapshot::Storage;

/// The configuration of cognigy-backup for one project. Every key may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "cognigy-backup configuration")]
pub struct ConfigFile {
    /// A name for the project in summaries, where the Cognigy project's own name would not do.
    pub project_name: Option<String>,
    /// The folder of a snapshot that holds the project's resources: relative, `/` between parts.
    #[schemars(extend("default" = values::AGENT_DIR))]
    pub agent_dir: Option<String>,
    /// The beginning of the branches' names, `<prefix>/hourly`. Projects in one repository need different ones.
    #[schemars(extend("default" = "snapshot"))]
    pub prefix: Option<String>,
    /// The Cognigy project and how to reach it.
    pub cognigy: Option<CognigyFile>,
    /// The tiers by name. `hourly`, `daily`, `weekly` and `monthly` are there without being written; any other name
    /// makes a tier of its own, with `period` and `from`.
    pub retention: Option<BTreeMap<String, TierFile>>,
    /// The time zone whose days, weeks and months the tiers count, by its name in the IANA database.
    #[schemars(extend("default" = "UTC"))]
    pub time_zone: Option<String>,
    /// Where tiers of `storage` `release` keep their archives, and how.
    pub archive: Option<ArchiveFile>,
    /// What is kept of a project as it was before a restore.
    pub safety: Option<SafetyFile>,
    /// What a backup takes.
    pub backup: Option<BackupFile>,
    /// Accepted, and not acted on in this version: no notification is sent.
    pub notifications: Option<NotificationsFile>,
    /// How hard the Cognigy API is asked.
    pub api: Option<ApiFile>,
    /// After how many minutes a run gives up.
    #[schemars(range(min = 1, max = values::TIMEOUT_MAX), extend("default" = values::TIMEOUT_MINUTES))]
    pub timeout_minutes: Option<u32>,
}

/// The Cognigy project and how to reach it. The API key never stands here.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CognigyFile {
    /// The project: the 24 characters after `/project/` in the address bar.
    pub agent_id: Option<String>,
    /// The address of the Cognigy API, such as `https://api-trial.cognigy.ai`.
    pub base_url: Option<String>,
    /// The name of the environment variable that holds the API key, instead of `COGNIGY_API_KEY`.
    pub api_key_env: Option<String>,
}

/// One tier: how many snapshots it keeps, and one for each of which periods.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TierFile {
    /// Whether the tier is fed and pruned.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// How many periods are kept, counting only those that have a snapshot.
    #[schemars(range(min = 1, max = values::COUNT_MAX))]
    pub count: Option<u32>,
    /// Of which period the newest snapshot is kept: `every` (each snapshot), `minutes N`, `hour`, `day`, `week`,
    /// `month`, `quarter` or `year`.
    #[schemars(extend("pattern" = values::PERIOD_PATTERN))]
    pub period: Option<String>,
    /// The tier below, from which this one is fed.
    pub from: Option<String>,
    /// Where the tier lives.
    pub storage: Option<Storage>,
    /// The tier that takes captures: how far apart scheduled runs should be. Another tier: how often the snapshot of
    /// its current period is refreshed.
    #[schemars(range(min = 1, max = values::INTERVAL_MINUTES_MAX))]
    pub interval_minutes: Option<u32>,
    /// The same in hours.
    #[schemars(range(min = 1, max = values::INTERVAL_HOURS_MAX))]
    pub interval_hours: Option<u32>,
    /// Keeps, besides `count`, all that is younger than this, measured from the tier's newest snapshot: an ISO 8601
    /// duration of weeks, days, hours and minutes, such as `P14D` or `PT36H`.
    #[schemars(extend("pattern" = values::DURATION_PATTERN))]
    pub keep_within: Option<String>,
    /// The newest so many stay at any age.
    #[schemars(range(max = values::COUNT_MAX))]
    pub keep_minimum: Option<u32>,
}

/// Where tiers of `storage` `release` keep their archives, and how.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchiveFile {
    /// A directory for them, instead of releases of the repository on GitHub.
    pub directory: Option<String>,
    /// How an archive is compressed.
    #[schemars(extend("default" = "tar.zst"))]
    pub compression: Option<ArchiveFormat>,
}

/// What is kept of a project as it was before a restore.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SafetyFile {
    /// For how long: an ISO 8601 duration of weeks, days, hours and minutes.
    #[schemars(extend("default" = values::SAFETY, "pattern" = values::DURATION_PATTERN))]
    pub keep_within: Option<String>,
}

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum ArchiveFormat {
    /// Smaller.
    #[default]
    #[serde(rename = "tar.zst")]
    TarZst,
    /// For machines whose tar has no zstd.
    #[serde(rename = "tar.gz")]
    TarGz,
}

/// What a backup takes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupFile {
    /// Which kinds of resources.
    #[schemars(extend("default" = "agent"))]
    pub clone_type: Option<CloneType>,
    /// What is left out: globs over `<kind>/<name>`, such as `flows/Test *`. `*` does not match `/`; `\` takes a glob
    /// character literally.
    pub exclude_resources: Option<Vec<String>>,
    /// What happens to secrets in named fields (endpoint tokens, keys in settings).
    #[schemars(extend("default" = "redact"))]
    pub secrets: Option<SecretsFile>,
    /// What happens when a part of the project cannot be read: it is carried from the newest snapshot and the run ends
    /// `partial`, or the run fails.
    #[schemars(extend("default" = "carry"))]
    pub on_partial: Option<OnPartial>,
    /// How old what is carried may become, where the project does not fit into the server's request limit: an ISO 8601
    /// duration of weeks, days, hours and minutes. `PT0M` reads everything in every run.
    #[schemars(extend("default" = values::MAX_CARRY_AGE, "pattern" = values::DURATION_PATTERN))]
    pub max_carry_age: Option<String>,
    /// How long a run may wait for the server's request limit to read what changed or is older than `maxCarryAge`; what
    /// was never read is always read. An ISO 8601 duration.
    #[schemars(extend("default" = values::TIME_BUDGET, "pattern" = values::DURATION_PATTERN))]
    pub time_budget: Option<String>,
}

/// Which kinds of resources a backup takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CloneType {
    /// Everything.
    Agent,
    /// Flows with their states and slot fillers, and the project's locales.
    Flows,
    /// Endpoints.
    Endpoints,
    /// Lexicons.
    Lexicons,
    /// AI Agents.
    AiAgents,
}

/// What happens to secrets in named fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretsFile {
    /// They are removed, and the manifest lists where they stood.
    Redact,
    /// They are stored in clear.
    Keep,
}

/// Accepted, and not acted on in this version: no notification is sent.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationsFile {
    /// Not acted on in this version.
    pub enabled: Option<bool>,
    /// Not acted on in this version. A webhook's address is a secret and does not belong in a repository.
    pub webhook_url: Option<String>,
    /// Not acted on in this version.
    pub notify_on_failure: Option<bool>,
    /// Not acted on in this version.
    pub notify_on_success: Option<bool>,
    /// Not acted on in this version.
    pub daily_summary: Option<bool>,
}

/// How hard the Cognigy API is asked.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiFile {
    /// How many requests may be under way at a time.
    #[schemars(range(min = 1, max = values::CONCURRENCY_MAX), extend("default" = values::CONCURRENCY))]
    pub concurrency: Option<u32>,
    /// How many requests may begin in any 5 minutes. Left out: 900 at the vendor's shared service, which allows 1,000
    /// for each address; no limit elsewhere.
    #[schemars(range(min = 1))]
    pub requests_per5_minutes: Option<u32>,
    /// After how many seconds one request is given up and asked again.
    #[schemars(range(min = 1, max = 3600), extend("default" = values::REQUEST_TIMEOUT))]
    pub request_timeout_seconds: Option<u32>,
}

/// Returns the JSON Schema of config.json: what `config.schema.json` holds and what the file is checked against.
#[must_use]
pub fn schema() -> Value {
    // Draft 7 is what editors know best. No references: a problem's place in the schema is then its place in the file.
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<ConfigFile>().to_value();
    simplify(&mut schema);
    // What it is before what is in it, for whoever opens the file.
    let mut ordered = Map::new();
    if let Value::Object(mut keywords) = schema {
        let first = ["$schema", "title", "description"].map(str::to_owned);
        ordered.extend(
            first.map(|keyword| (keyword.clone(), keywords.shift_remove(&keyword).unwrap_or_default())),
        );
        ordered.extend(keywords);
    }
    ordered.into()
}

/// Says in the schema what the loader does: no nulls, choices as one list, remarks allowed everywhere.
fn simplify(node: &mut Value) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(node) => {
            unwrap_nullable(node);
            unite_choices(node);
            node.remove("format");
            if let Some(Value::String(text)) = node.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            node.values_mut().for_each(simplify);
            if node.contains_key("additionalProperties") {
                node.insert("patternProperties".to_owned(), json!({r"^(\$.*|comment|description)$": true}));
            }
        }
        _ => {}
    }
}

/// `Option` is "may be left out" here, never `null`.
fn unwrap_nullable(node: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = node.get("type")
        && let Some(kind) = types.iter().find(|kind| *kind != "null").cloned()
    {
        node.insert("type".to_owned(), kind);
    }
    if let Some(Value::Array(cases)) = node.get_mut("anyOf") {
        cases.retain(|case| case["type"] != "null");
        if let [Value::Object(one)] = cases.as_mut_slice() {
            let one = std::mem::take(one);
            node.remove("anyOf");
            for (keyword, value) in one {
                // The field's own description goes before its type's.
                node.entry(keyword).or_insert(value);
            }
        }
    }
}

/// An enum with described variants comes as `oneOf` constants; one `enum` gives one clear complaint.
fn unite_choices(node: &mut Map<String, Value>) {
    let Some(Value::Array(cases)) = node.get("oneOf") else { return };
    let Some(words) = cases.iter().map(|case| case.get("const").cloned()).collect::<Option<Vec<_>>>() else {
        return;
    };
    let said = cases
        .iter()
        .filter_map(|case| Some(format!("`{}`: {}", case["const"].as_str()?, case["description"].as_str()?)));
    let said: Vec<_> = said.collect();
    let about = node.get("description").and_then(Value::as_str).unwrap_or_default();
    let about = format!("{about} {}", said.join(" "));
    node.insert("description".to_owned(), about.trim().into());
    node.remove("oneOf");
    node.insert("type".to_owned(), "string".into());
    node.insert("enum".to_owned(), words.into());
}
