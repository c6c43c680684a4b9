//! The first reading's judgement: config.json against its schema, every mistake as a [`Problem`].
//!
//! What is wrong is taken out of the document, so that the second reading can judge the rest in the same run.

use jsonschema::error::ValidationErrorKind as Wrong;
use serde_json::{Map, Value};

use super::document::below;
use super::file::schema;
use super::problem::{At, Fault, Problem, choice, nearest, shown};

/// Returns what is wrong with `document`, and removes it.
pub(super) fn check(document: &mut Value, file: &str) -> Vec<Problem> {
    let schema = schema();
    let validator = jsonschema::draft7::new(&schema).expect("the schema is one; a test builds it");
    let mut problems = Vec::new();
    let mut wrong = Vec::new();
    for error in validator.iter_errors(document) {
        let pointer = error.instance_path().as_str();
        let keyword = error.schema_path().as_str();
        let node = keyword.rsplit_once('/').and_then(|(node, _)| schema.pointer(node)).unwrap_or(&schema);
        let path = json_path(document, pointer);
        let at = |path: String| At::Key { file: file.to_owned(), path };
        match error.kind() {
            // Patterns help editors. The second reading knows the same rules and says them in words.
            Wrong::Pattern { .. } => {}
            Wrong::AdditionalProperties { unexpected } => {
                for key in unexpected {
                    let keys =
                        || node["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str);
                    let fault = Fault::new("a key that does not exist", choice(keys()));
                    problems.push(fault.suggesting(nearest(key, keys())).at(at(below(&path, key))));
                    wrong.push(format!("{pointer}/{}", escaped(key)));
                }
            }
            _ => {
                let instance = error.instance();
                let mut fault = Fault::new(shown(instance), allowed(node));
                if let (Some(typed), Some(words)) = (instance.as_str(), node["enum"].as_array()) {
                    fault = fault.suggesting(nearest(typed, words.iter().filter_map(Value::as_str)));
                    if path == "$.backup.secrets" && typed == "encrypt" {
                        fault
                            .allowed
                            .push_str("; encryption comes with archives, which this version has not");
                        fault.did_you_mean = None;
                    }
                }
                problems.push(fault.at(at(path)));
                wrong.push(pointer.to_owned());
            }
        }
    }
    wrong.iter().for_each(|pointer| remove(document, pointer));
    problems
}

/// Says what the schema allows at `node`.
fn allowed(node: &Value) -> String {
    if let Some(words) = node["enum"].as_array() {
        return choice(words.iter().filter_map(Value::as_str));
    }
    match node["type"].as_str() {
        Some("integer") => match (node["minimum"].as_u64(), node["maximum"].as_u64()) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number from {least}"),
            _ => "a whole number".to_owned(),
        },
        Some("boolean") => "true or false, without quotes".to_owned(),
        Some("string") => "a text".to_owned(),
        Some("array") => "a list of texts".to_owned(),
        _ => "an object, in braces".to_owned(),
    }
}

/// Returns the path of what the JSON pointer `pointer` points to.
fn json_path(document: &Value, pointer: &str) -> String {
    let mut path = "$".to_owned();
    let mut here = Some(document);
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        path = match here {
            Some(Value::Array(_)) => format!("{path}[{step}]"),
            _ => below(&path, &step),
        };
        here = match here {
            Some(Value::Array(items)) => step.parse().ok().and_then(|i: usize| items.get(i)),
            Some(Value::Object(fields)) => fields.get(&step),
            _ => None,
        };
    }
    path
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *document = Value::Object(Map::new());
        return;
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            // An empty text, so that the elements behind keep their index: it is in the path of their problems.
            if let Some(item) = last.parse().ok().and_then(|i: usize| items.get_mut(i)) {
                *item = Value::from("");
            }
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_and_taken_out() {
        let mut document = json!({
            "agentDir": 5, "retentoin": {},
            "retention": {"hourly": {"count": 0, "enabled": "yes", "cuont": 1, "a/b~c": 1}, "my tier": 3},
            "backup": {"excludeResources": ["a", 1, null, "b"], "cloneType": "flow", "secrets": "encrypt"},
            "timeoutMinutes": 1.5,
        });
        let problems = check(&mut document, "config.json");
        let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        config.json, $.agentDir: found 5; allowed: a text
        config.json, $.retention.hourly.count: found 0; allowed: a whole number from 1 to 10000
        config.json, $.retention.hourly.enabled: found "yes"; allowed: true or false, without quotes
        config.json, $.retention.hourly.cuont: found a key that does not exist; allowed: `enabled`, `count`, `period`, `from`, `storage`, `intervalMinutes`, `intervalHours`, `keepWithin` or `keepMinimum`; did you mean `count`?
        config.json, $.retention.hourly["a/b~c"]: found a key that does not exist; allowed: `enabled`, `count`, `period`, `from`, `storage`, `intervalMinutes`, `intervalHours`, `keepWithin` or `keepMinimum`
        config.json, $.retention["my tier"]: found 3; allowed: an object, in braces
        config.json, $.backup.excludeResources[1]: found 1; allowed: a text
        config.json, $.backup.excludeResources[2]: found null; allowed: a text
        config.json, $.backup.cloneType: found "flow"; allowed: `agent`, `flows`, `endpoints`, `lexicons` or `aiAgents`; did you mean `flows`?
        config.json, $.backup.secrets: found "encrypt"; allowed: `redact` or `keep`; encryption comes with archives, which this version has not
        config.json, $.timeoutMinutes: found 1.5; allowed: a whole number from 1 to 7200
        config.json, $.retentoin: found a key that does not exist; allowed: `projectName`, `agentDir`, `prefix`, `cognigy`, `retention`, `timeZone`, `archive`, `safety`, `backup`, `notifications`, `api` or `timeoutMinutes`; did you mean `retention`?
        "#);
        assert_eq!(
            document,
            json!({"retention": {"hourly": {}}, "backup": {"excludeResources": ["a", "", "", "b"]}})
        );
        assert!(check(&mut document, "config.json").is_empty());
        let mut list = json!([1]);
        assert_eq!(check(&mut list, "c")[0].to_string(), "c, $: found a list; allowed: an object, in braces");
    }
}
