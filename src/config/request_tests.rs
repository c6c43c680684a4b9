//! Several files in one run: what each says for itself, what is said for all, and what is wrong with them together.

use secrecy::ExposeSecret as _;

use super::*;
use crate::config::{Cli, Variables};

const ADDRESS: &str = "https://api-trial.cognigy.ai";
const KEYS: [(&str, &str); 2] = [("COGNIGY_BASE_URL", ADDRESS), ("COGNIGY_API_KEY", "of-all")];

fn request(line: &str, variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Request, String> {
    let cli = Cli::parse(line.split(' ')).unwrap();
    let variables: Variables = variables.iter().copied().collect();
    let inputs = Inputs::gather(&cli, &variables, false, &mut |_| Err("nothing there".to_owned()));
    let place = Place { base: "/work".into(), server_url: None, repository: None, variables };
    let text = |&(path, text): &(&str, &str)| ConfigText { path: path.to_owned(), text: text.to_owned() };
    let files = ConfigFiles::Several(Ok(files.iter().map(|file| Ok(text(file))).collect()));
    Request::new(&inputs, files, &place).map_err(|why| why.to_string())
}

fn backup(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Vec<Asked>, String> {
    match request("x backup --config *", variables, files)? {
        Request::Backup { projects, several: true } => Ok(projects),
        other => panic!("{other:?}"),
    }
}

/// A file with a project of its own, and `more`.
fn file(project: char, prefix: &str, more: &str) -> String {
    let id = project.to_string().repeat(24);
    format!(r#"{{"prefix": "{prefix}", "cognigy": {{"agentId": "{id}"{more}}}}}"#)
}

#[test]
fn what_a_file_says_of_its_project_goes_before_what_is_said_for_all() {
    let own = r#", "baseUrl": "https://api-acme.cognigy.cloud", "apiKeyEnv": "ACME""#;
    let files = [("a.json", file('a', "a", "")), ("b.json", file('b', "b", own))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let variables = [&KEYS[..], &[("ACME", "of-acme")]].concat();
    let line = "x --cognigy-base-url https://api-app.cognigy.ai --cognigy-api-key env:COGNIGY_API_KEY backup";
    for line in ["x backup", line] {
        let Request::Backup { projects, .. } = request(line, &variables, &files).unwrap() else {
            panic!("no backup")
        };
        let [a, b] = projects.as_slice() else { panic!("two files, two projects") };
        assert_eq!(b.settings.cognigy.as_ref().unwrap().base_url.host(), "api-acme.cognigy.cloud");
        assert_eq!(b.settings.cognigy.as_ref().unwrap().api_key.expose_secret(), "of-acme");
        assert_eq!(a.settings.cognigy.as_ref().unwrap().api_key.expose_secret(), "of-all");
        assert_eq!(
            a.settings.cognigy.as_ref().unwrap().base_url.host() == "api-app.cognigy.ai",
            line.contains("api-app")
        );
    }
}

#[test]
fn one_file_of_a_glob_is_judged_as_one_of_several() {
    let agent =
        [&KEYS[..], &[("CAI_AGENT", "cccccccccccccccccccccccc"), ("COGNIGY_BACKUP_PREFIX", "p")]].concat();
    insta::assert_snapshot!(backup(&agent, &[("a.json", &file('a', "a", ""))]).unwrap_err(), @"
    the configuration has 2 mistakes; nothing was captured:
      variable CAI_AGENT: found a value for all files; allowed: nothing for several files: each says its own, as `cognigy.agentId`
      variable COGNIGY_BACKUP_PREFIX: found a value for all files; allowed: nothing for several files: each says its own, as `prefix`
    ");
    assert_eq!(backup(&KEYS, &[("a.json", &file('a', "a", ""))]).unwrap().len(), 1);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_file() {
    let files = [
        ("a.json", file('a', "bots", "")),
        ("b.json", "{".to_owned()),
        ("c.json", r#"{"cognigy": {"apiKeyEnv": "NONE"}}"#.to_owned()),
        ("d.json", r#"{"prefix": 5}"#.to_owned()),
        ("e.json", file('a', "bots", "")),
        ("f.json", file('f', "bots/f", "")),
        ("g.json", file('g', "g/h", "")),
        ("h.json", file('h', "g", "")),
        ("i.json", r#"{"cognigy": {"agentId": "iiiiiiiiiiiiiiiiiiiiiiii"}}"#.to_owned()),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let variables = [("COGNIGY_BACKUP_DRY_RUN", "maybe"), ("COGNIGY_API_KEY", "key")];
    insta::assert_snapshot!(backup(&variables, &files).unwrap_err(), @r#"
    the configuration has 18 mistakes; nothing was captured:
      variable COGNIGY_BACKUP_DRY_RUN: found "maybe"; allowed: `true` or `false`
      a.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      b.json, line 1, column 1: found EOF while parsing an object; allowed: a JSON document; `{}` is the shortest
      c.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      c.json, $.cognigy.apiKeyEnv: found `NONE`, a variable that is not set, or empty; allowed: the name of a variable with the API key; in a workflow, `env:` sets it from a secret
      c.json, $.cognigy.agentId: found nothing; allowed: a project id; of several files each has its own
      d.json, $.prefix: found 5; allowed: a text
      d.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      d.json, $.cognigy.agentId: found nothing; allowed: a project id; of several files each has its own
      e.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      f.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      g.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      h.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      i.json, $.cognigy.baseUrl: found nothing; allowed: a value here, or one for all files: input `cognigy-base-url`, flag --cognigy-base-url or variable COGNIGY_BASE_URL
      e.json, $.prefix: found the prefix `bots`, which a.json has too; allowed: a prefix of its own for each file, none below another
      f.json, $.prefix: found the prefix `bots/f`, which is below `bots` of a.json; allowed: a prefix of its own for each file, none below another
      h.json, $.prefix: found the prefix `g`, above `g/h` of g.json; allowed: a prefix of its own for each file, none below another
      i.json, $.prefix: found the prefix `snapshot`, which c.json has too; allowed: a prefix of its own for each file, none below another
    "#);
}

#[test]
fn the_same_project_may_be_kept_twice_under_two_prefixes() {
    let files = [("a.json", file('a', "all", "")), ("b.json", file('a', "flows", ""))];
    let projects = backup(&KEYS, &files.each_ref().map(|(path, text)| (*path, text.as_str()))).unwrap();
    assert_eq!(projects[0].settings.project, projects[1].settings.project);
}

#[test]
fn a_warning_about_an_input_is_said_once() {
    let files = [("a.json", file('a', "a", "")), ("b.json", file('b', "b", ""))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let token =
        [("COGNIGY_BACKUP_GITHUB_TOKEN", "ghs_1"), ("COGNIGY_BACKUP_STORE", "https://git.example.com/r")];
    let projects = backup(&[&KEYS[..], &token].concat(), &files).unwrap();
    assert_eq!(projects.iter().map(|project| project.warnings.len()).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_list_needs_no_address_and_no_key_and_is_judged_all_the_same() {
    let files = [
        ("c/a.json", file('a', "a", r#", "apiKeyEnv": "NOT_SET""#)),
        ("c/b.json", file('b', "b", r#", "baseUrl": "https://api-trial.cognigy.ai""#)),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let list = |files: &[(&str, &str)]| match request("x matrix --config c/*.json", &[], files) {
        Ok(Request::Matrix(matrix)) => matrix.to_json(),
        Ok(other) => panic!("{other:?}"),
        Err(why) => why,
    };
    insta::assert_snapshot!(list(&files), @r#"{"include":[{"config":"c/a.json","name":"a","prefix":"a"},{"config":"c/b.json","name":"b","prefix":"b"}]}"#);
    let wrong = file('a', "a", r#", "baseUrl": "https://app.cognigy.ai", "apiKeyEnv": "a-b""#);
    insta::assert_snapshot!(list(&[("c/a.json", &wrong), ("c/b.json", "{}"), ("c/c.json", &file('c', "a", ""))]), @"
    the configuration has 4 mistakes; nothing was captured:
      c/a.json, $.cognigy.baseUrl: found the host app.cognigy.ai, where the user interface answers; allowed: the address of a Cognigy API, such as https://api-trial.cognigy.ai; did you mean `https://api-app.cognigy.ai`?
      c/a.json, $.cognigy.apiKeyEnv: found a text that is no variable's name (not shown, in case it is the key); allowed: the name of an environment variable, of letters, digits and `_`, such as `COGNIGY_API_KEY`
      c/b.json, $.cognigy.agentId: found nothing; allowed: a project id; of several files each has its own
      c/c.json, $.prefix: found the prefix `a`, which c/a.json has too; allowed: a prefix of its own for each file, none below another
    ");
}
