//! The second reading as a whole: precedence, defaults, and what is said when something is wrong.

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::*;

pub(in crate::config) const BASE: [(&str, &str); 3] = [
    ("COGNIGY_BASE_URL", "https://api-trial.cognigy.ai"),
    ("COGNIGY_API_KEY", "key-of-the-environment"),
    ("COGNIGY_AGENT_ID", "5f3a5f3a5f3a5f3a5f3a5f3a"),
];

type Read = Result<(Settings, Vec<Warning>), Problems>;

fn read_all(line: &str, variables: &[(&str, &str)], text: Option<&str>, in_actions: bool) -> Read {
    let arguments = std::iter::once("cognigy-backup").chain(line.split_whitespace());
    let cli = crate::config::Cli::parse(arguments).unwrap();
    let variables: Variables = variables.iter().copied().collect();
    let mut read = |source: &crate::config::SecretSource| match source {
        crate::config::SecretSource::Stdin => Ok(SecretString::from("from-stdin\n")),
        crate::config::SecretSource::File(path) => Ok(SecretString::from(format!("from-{}", path.display()))),
    };
    let inputs = Inputs::gather(&cli, &variables, in_actions, &mut read);
    let place = Place {
        base: "/work".into(),
        server_url: in_actions.then(|| "https://github.com".to_owned()),
        repository: in_actions.then(|| "octo/demo".to_owned()),
        variables,
    };
    let file = text.map(|text| ConfigText { path: "config.json".to_owned(), text: text.to_owned() });
    Settings::new(&inputs, Ok(file), &place)
}

/// Reads `text` at a terminal, with a complete environment and `more`.
pub(in crate::config) fn read(more: &[(&str, &str)], text: Option<&str>) -> Read {
    read_all("backup", &[&BASE, more].concat(), text, false)
}

/// Returns settings with nothing but defaults.
pub(in crate::config) fn complete() -> Settings {
    read(&[], None).unwrap().0
}

fn said(read: Read) -> String {
    read.unwrap_err().to_string()
}

#[test]
fn without_a_file_the_defaults_hold() {
    let settings = complete();
    assert_eq!(settings.store.to_string(), "/work/cognigy-backup.git");
    assert_eq!((settings.mode, settings.dry_run, settings.allow_public), (Mode::Backup, false, false));
    assert_eq!(settings.prefix, Prefix::default());
    assert_eq!(settings.window, Some(900));
    assert_eq!(settings.timeout, Duration::from_secs(3_600));
    assert!(settings.token.is_none() && settings.ca_file.is_none() && settings.config_file.is_none());
}

#[test]
fn a_flag_goes_before_an_input_before_a_variable_before_the_file_before_the_default() {
    let file = r#"{"prefix": "of-file", "timeoutMinutes": 10}"#;
    let variable = ("COGNIGY_BACKUP_PREFIX", "of-variable");
    let input = ("INPUT_PREFIX", "of-input");
    let prefix = |line: &str, more: &[(&str, &str)], file| {
        let variables = [&BASE, more, &[("INPUT_TIMEOUT-MINUTES", ""), ("INPUT_MODE", " backup ")]].concat();
        let settings = read_all(line, &variables, file, true).unwrap().0;
        (settings.prefix.to_string(), settings.timeout.as_secs() / 60)
    };
    assert_eq!(prefix("--prefix of-flag backup", &[input, variable], Some(file)), ("of-flag".into(), 10));
    assert_eq!(prefix("", &[input, variable], Some(file)), ("of-input".into(), 10));
    assert_eq!(prefix("", &[variable], Some(file)), ("of-variable".into(), 10));
    assert_eq!(prefix("", &[("INPUT_PREFIX", " ")], Some(file)), ("of-file".into(), 10));
    assert_eq!(prefix("", &[], None), ("snapshot".into(), 60));
}

#[test]
fn inputs_keep_their_hyphens_and_are_nobodys_wish_at_a_terminal() {
    let variables = [&BASE[..], &[("INPUT_DRY-RUN", "true"), ("INPUT_MODE", "backup")]].concat();
    assert!(read_all("", &variables, None, true).unwrap().0.dry_run);
    assert!(!read_all("backup", &variables, None, false).unwrap().0.dry_run);
    assert!(read_all("dry-run", &BASE, None, false).unwrap().0.dry_run);
}

#[test]
fn the_old_names_of_variables_count_after_the_new() {
    let old = [
        ("CAI_APIKEY", "old"),
        ("CAI_AGENT", "aaaaaaaaaaaaaaaaaaaaaaaa"),
        ("CAI_BASEURL", "http://127.0.0.1:1"),
    ];
    let settings = read_all("backup", &old, None, false).unwrap().0;
    assert_eq!(
        (settings.cognigy.as_ref().unwrap().base_url.host().as_str(), settings.window),
        ("127.0.0.1:1", None)
    );
    let both = read_all("backup", &[&old[..], &BASE].concat(), None, false).unwrap().0;
    assert_eq!(both.cognigy.as_ref().unwrap().api_key.expose_secret(), "key-of-the-environment");
}

#[test]
fn a_secret_comes_from_where_a_flag_says_and_never_from_the_flag() {
    let key = |flag: &str, more: &[(&str, &str)]| {
        let settings =
            read_all(&format!("backup --cognigy-api-key {flag}"), &[&BASE, more].concat(), None, false);
        settings
            .map(|(settings, _)| settings.cognigy.as_ref().unwrap().api_key.expose_secret().to_owned())
            .map_err(|why| why.to_string())
    };
    assert_eq!(key("-", &[]).unwrap(), "from-stdin");
    assert_eq!(key("file:k.txt", &[]).unwrap(), "from-k.txt");
    assert_eq!(key("env:MINE", &[("MINE", "mine")]).unwrap(), "mine");
    assert!(!key("hunter2", &[]).unwrap_err().contains("hunter2"));
    insta::assert_snapshot!(key("hunter2", &[]).unwrap_err(), @"
    the configuration has a mistake; nothing was captured:
      flag --cognigy-api-key: found a text that is not shown, because it may be the secret; allowed: `env:NAME`, `file:PATH` or `-` (the standard input): every user of a machine can read the command lines on it
    ");
    let twice = read_all("backup --cognigy-api-key - --github-token -", &BASE, None, false);
    insta::assert_snapshot!(said(twice), @"
    the configuration has a mistake; nothing was captured:
      flag --cognigy-api-key: found the standard input, which --github-token reads already; allowed: `env:NAME`, `file:PATH` or `-` (the standard input): every user of a machine can read the command lines on it
    ");
}

#[test]
fn the_variable_that_the_file_names_stands_for_the_usual_one() {
    let file = Some(r#"{"cognigy": {"apiKeyEnv": "SALES_KEY"}}"#);
    let settings = read(&[("SALES_KEY", "sales")], file).unwrap().0;
    assert_eq!(settings.cognigy.as_ref().unwrap().api_key.expose_secret(), "sales");
    let flagged = read_all("backup --cognigy-api-key -", &BASE, file, false).unwrap().0;
    assert_eq!(flagged.cognigy.as_ref().unwrap().api_key.expose_secret(), "from-stdin");
    insta::assert_snapshot!(said(read(&[], file)), @"
    the configuration has a mistake; nothing was captured:
      config.json, $.cognigy.apiKeyEnv: found `SALES_KEY`, a variable that is not set, or empty; allowed: the name of a variable with the API key; in a workflow, `env:` sets it from a secret
    ");
}

#[test]
fn a_token_goes_only_where_it_belongs() {
    let token = |store: &str, name: &str| {
        let variables = [&BASE[..], &[(name, "ghs_1"), ("COGNIGY_BACKUP_STORE", store)]].concat();
        let (settings, warnings) = read_all("backup", &variables, None, false).unwrap();
        (settings.token.is_some(), warnings.len())
    };
    assert_eq!(token("https://github.com/o/r", "GITHUB_TOKEN"), (true, 0));
    assert_eq!(token("https://git.example.com/o/r", "GITHUB_TOKEN"), (false, 0));
    assert_eq!(token("https://git.example.com/o/r", "COGNIGY_BACKUP_GITHUB_TOKEN"), (true, 1));
    assert_eq!(token("here.git", "GITHUB_TOKEN"), (false, 0));
}

#[test]
fn in_actions_the_workflows_repository_is_the_store() {
    let variables = [&BASE[..], &[("INPUT_MODE", "backup"), ("INPUT_CA-CERTIFICATE", "ca.pem")]].concat();
    let settings = read_all("", &variables, None, true).unwrap().0;
    assert_eq!(settings.store.to_string(), "https://github.com/octo/demo.git");
    assert_eq!(settings.ca_file, Some("/work/ca.pem".into()));
}

#[test]
fn what_is_missing_is_named_with_every_way_to_give_it() {
    let empty = [("INPUT_MODE", ""), ("INPUT_COGNIGY-API-KEY", ""), ("COGNIGY_BASE_URL", BASE[0].1)];
    insta::assert_snapshot!(said(read_all("", &empty, None, true)), @"
    the configuration has 3 mistakes; nothing was captured:
      `mode`: found nothing; give it as input `mode` of the action, the command (`backup`, `promote`, `cleanup`, `auto`, `dry-run`, `list`, `info`, `explain`, `search`, `diff`, `export`, `pin`, `unpin`, `state`, `import` or `matrix`; see --help) or variable COGNIGY_BACKUP_MODE
      `cognigy-api-key`: found an empty input (does the secret exist, and may this workflow read it?); give it as input `cognigy-api-key` of the action, flag --cognigy-api-key, variable COGNIGY_API_KEY, variable CAI_APIKEY or `cognigy.apiKeyEnv` in config.json
      `cognigy-agent-id`: found nothing; give it as input `cognigy-agent-id` of the action, flag --cognigy-agent-id, variable COGNIGY_AGENT_ID, variable CAI_AGENT or `cognigy.agentId` in config.json
    ");
}

#[test]
fn a_file_that_says_nothing_is_not_also_blamed_for_what_it_may_have_said() {
    insta::assert_snapshot!(said(read_all("backup", &[], Some("{"), false)), @"
    the configuration has a mistake; nothing was captured:
      config.json, line 1, column 1: found EOF while parsing an object; allowed: a JSON document; `{}` is the shortest
    ");
}

#[test]
fn ten_mistakes_are_said_at_once() {
    let file = r#"{
        "retentoin": {},
        "agentDir": "../agent",
        "cognigy": {"apiKey": "hunter2", "baseUrl": "https://app.cognigy.ai/project/x"},
        "retention": {
            "hourly": {"count": "six", "count": 0},
            "fortnightly": {"count": 3, "period": "fortnight", "from": "weekly"},
            "monthly": {"from": "weakly"}
        },
        "backup": {"cloneType": "flow", "excludeResources": ["flow/Test *", 7, "flows/["], "onPartial": "fail"},
        "timeoutMinutes": 0
    }"#;
    let variables = [
        ("COGNIGY_BACKUP_DRY_RUN", "yes"),
        ("COGNIGY_AGENT_ID", "https://app.cognigy.ai/project/5F3A5f3a5f3a5f3a5f3a5f3a/home"),
    ];
    let text = said(read_all("backup --store git@github.com:o/r.git", &variables, Some(file), false));
    assert!(!text.contains("hunter2"));
    insta::assert_snapshot!(text, @r#"
    the configuration has 17 mistakes; nothing was captured:
      config.json, line 6, column 46: found $.retention.hourly.count for the second time; allowed: each key once
      config.json, $.cognigy.apiKey: found a secret (not shown); allowed: no secret; a key in a repository is a leaked key. Revoke it, make a new one, keep that as a secret of the repository, and give it as input `cognigy-api-key` or variable COGNIGY_API_KEY; `cognigy.apiKeyEnv` may name another variable
      config.json, $.retention.hourly.count: found 0; allowed: a whole number from 1 to 10000
      config.json, $.backup.cloneType: found "flow"; allowed: `agent`, `flows`, `endpoints`, `lexicons` or `aiAgents`; did you mean `flows`?
      config.json, $.backup.excludeResources[1]: found 7; allowed: a text
      config.json, $.timeoutMinutes: found 0; allowed: a whole number from 1 to 7200
      config.json, $.retentoin: found a key that does not exist; allowed: `projectName`, `agentDir`, `prefix`, `cognigy`, `retention`, `timeZone`, `archive`, `safety`, `backup`, `notifications`, `api` or `timeoutMinutes`; did you mean `retention`?
      variable COGNIGY_BACKUP_DRY_RUN: found "yes"; allowed: `true` or `false`; did you mean `true`?
      config.json, $.cognigy.baseUrl: found the host app.cognigy.ai, where the user interface answers; allowed: the address of a Cognigy API, such as https://api-trial.cognigy.ai; did you mean `https://api-app.cognigy.ai`?
      `cognigy-api-key`: found nothing; give it as input `cognigy-api-key` of the action, flag --cognigy-api-key, variable COGNIGY_API_KEY, variable CAI_APIKEY or `cognigy.apiKeyEnv` in config.json
      variable COGNIGY_AGENT_ID: found "https://app.cognigy.ai/project/5F3A5f3a5f3a5f3a5f3a5f3a/home"; allowed: a project id: it has 24 characters out of a-z and 0-9; it stands in the address bar of the open project, after `/project/`; did you mean `5f3a5f3a5f3a5f3a5f3a5f3a`?
      flag --store: found "git@github.com:o/r.git", which is reached over ssh; allowed: the https address of a git repository, or a path (ssh keys are not used here; a token goes into `github-token`); did you mean `https://github.com/o/r.git`?
      config.json, $.agentDir: found "../agent"; allowed: a relative path with `/` between parts, no part empty, `.`, `..` or `.git`
      config.json, $.backup.excludeResources[0]: found "flow/Test *"; allowed: a glob `<kind>/<name>`, kind being `project`, `locales`, `yesNoIntents`, `extensions`, `connections`, `nluConnectors`, `largeLanguageModels`, `functions`, `tokens`, `lexicons`, `handoverProviders`, `knowledgeStores`, `knowledgeSources`, `aiAgents`, `flows`, `flowStates`, `slotFillers`, `goals`, `playbooks`, `aiCopilotConfigs`, `projectSettings` or `endpoints`, or `*` for all; did you mean `flows/Test *`?
      config.json, $.backup.excludeResources[2]: found "flows/[" (invalid range pattern at character 6); allowed: a glob `<kind>/<name>`, kind being `project`, `locales`, `yesNoIntents`, `extensions`, `connections`, `nluConnectors`, `largeLanguageModels`, `functions`, `tokens`, `lexicons`, `handoverProviders`, `knowledgeStores`, `knowledgeSources`, `aiAgents`, `flows`, `flowStates`, `slotFillers`, `goals`, `playbooks`, `aiCopilotConfigs`, `projectSettings` or `endpoints`, or `*` for all
      config.json, $.retention.fortnightly.period: found "fortnight"; allowed: `every`, `minutes 30`, `hour`, `day`, `week`, `month`, `quarter` or `year`
      config.json, $.retention.monthly.from: found "weakly"; allowed: `daily`, `weekly`, `fortnightly` or `hourly`; did you mean `weekly`?
    "#);
}

#[test]
fn a_webhook_warns_and_its_address_is_not_repeated() {
    let file = r#"{"notifications": {"enabled": true, "webhookUrl": "https://hooks.example.com/hunter2"}}"#;
    let warnings: Vec<_> = read(&[], Some(file)).unwrap().1.iter().map(ToString::to_string).collect();
    assert!(!warnings.concat().contains("hunter2"));
    insta::assert_snapshot!(warnings.join("\n"), @"
    config.json, $.notifications.webhookUrl: a webhook's address is a secret: whoever reads this repository can post there. Take it out, make a new one, and keep that as a secret of the repository
    config.json, $.notifications.enabled: this version sends no notifications
    ");
}

#[test]
fn settings_print_no_secret() {
    let (settings, _) = read(&[("COGNIGY_BACKUP_GITHUB_TOKEN", "hunter2")], None).unwrap();
    let printed = format!("{settings:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("key-of-the-environment"), "{printed}");
}

/// What a hurried hand may leave anywhere in a configuration.
fn junk() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(2.5)),
        Just(json!(1e300)),
        Just(json!(7)),
        "[a-z/.* ~]{0,6}".prop_map(Value::from),
        Just(json!("daily")),
        Just(json!("hourly")),
        Just(json!("day")),
        Just(json!("every")),
        Just(json!("release")),
        Just(json!("P1D")),
    ];
    prop_oneof![
        scalars,
        Just(json!({})),
        Just(json!([])),
        Just(json!({"x": [1]})),
        Just(json!({"period": "day"}))
    ]
}

fn places(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    for (key, below) in value.as_object().into_iter().flatten() {
        places(below, &format!("{here}/{key}"), all);
    }
}

proptest! {
    #[test]
    fn whatever_stands_in_the_file_there_are_settings_or_reasons(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), junk()), 1..6),
    ) {
        let mut file: Value = serde_json::from_str(include_str!("../../examples/config.full.json")).unwrap();
        for (place, junk) in changes {
            let mut all = Vec::new();
            places(&file, "", &mut all);
            *file.pointer_mut(place.get::<String>(&all)).unwrap() = junk;
        }
        match read(&[("SERVICE_BOT_API_KEY", "key")], Some(&file.to_string())) {
            Ok((settings, _)) => prop_assert!(settings.tiers.base().enabled),
            Err(problems) => prop_assert!(!problems.0.is_empty()),
        }
    }
}
