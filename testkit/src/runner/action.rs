//! An `action.yml` as the runner reads it: inputs with their defaults, the container's environment and arguments.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, Scalar, Yaml};

/// What an action declares.
#[derive(Default)]
pub(super) struct Action {
    /// Each input and its default, as written; an input without one has an empty default.
    pub(super) inputs: Vec<(String, String)>,
    /// `runs.env`.
    pub(super) env: Vec<(String, String)>,
    /// `runs.args`.
    pub(super) args: Vec<String>,
}

impl Action {
    /// Reads the text of an `action.yml`; a text that the runner would not take fails the test.
    pub(super) fn parse(text: &str) -> Self {
        let documents = Yaml::load_from_str(text).expect("action.yml is YAML");
        let root = documents.first().expect("action.yml is not empty");
        let inputs = pairs(root.as_mapping_get("inputs"))
            .map(|(name, input)| (name, scalar(input.as_mapping_get("default"))))
            .collect();
        let runs = root.as_mapping_get("runs").expect("action.yml says how it runs");
        let env =
            pairs(runs.as_mapping_get("env")).map(|(name, value)| (name, scalar(Some(value)))).collect();
        let args = runs.as_mapping_get("args").and_then(|args| args.as_vec());
        let args = args.into_iter().flatten().map(|arg| scalar(Some(arg))).collect();
        Self { inputs, env, args }
    }
}

fn pairs<'y>(mapping: Option<&'y Yaml<'y>>) -> impl Iterator<Item = (String, &'y Yaml<'y>)> {
    mapping.and_then(Yaml::as_mapping).into_iter().flatten().map(|(key, value)| (scalar(Some(key)), value))
}

/// A value as the runner turns it into text: nothing for null, lower case for true and false.
fn scalar(value: Option<&Yaml<'_>>) -> String {
    match value {
        None | Some(Yaml::Value(Scalar::Null)) => String::new(),
        Some(Yaml::Value(Scalar::Boolean(value))) => value.to_string(),
        Some(Yaml::Value(Scalar::Integer(value))) => value.to_string(),
        Some(Yaml::Value(Scalar::FloatingPoint(value))) => value.to_string(),
        Some(Yaml::Value(Scalar::String(value))) => value.clone().into_owned(),
        Some(other) => panic!("action.yml: the runner takes a plain value here, not {other:?}"),
    }
}

/// Resolves `${{ … }}`: contexts are `github.…` and `inputs.…`, by their dotted name.
pub(super) fn resolve(text: &str, contexts: &BTreeMap<String, String>) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (expression, after) = behind.split_once("}}").expect("an expression ends with }}");
        let name = expression.trim();
        let value = contexts.get(name);
        resolved.push_str(before);
        resolved
            .push_str(value.unwrap_or_else(|| panic!("testkit's runner cannot resolve ${{{{ {name} }}}}")));
        rest = after;
    }
    resolved + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_come_with_their_defaults_as_the_runner_writes_them() {
        let action = Action::parse(
            "name: x\ninputs:\n  a-b:\n    description: >-\n      folded: text\n    required: true\n  yes:\n    \
             default: true\n  count:\n    default: 24\n  token:\n    default: ${{ github.token }}\n  version:\n    \
             default: '1.0'\n  none:\n    default:\n  long:\n    default: |\n      one\n      two\nruns:\n  \
             using: docker\n  image: Dockerfile\n  args: ['--mode', \"${{ inputs.a-b }}\"]\n  env:\n    X: 'y'\n",
        );
        let inputs: Vec<(&str, &str)> = action.inputs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("a-b", ""),
            ("yes", "true"),
            ("count", "24"),
            ("token", "${{ github.token }}"),
            ("version", "1.0"),
            ("none", ""),
            ("long", "one\ntwo\n"),
        ];
        assert_eq!(inputs, expected);
        assert_eq!(action.env, [("X".to_owned(), "y".to_owned())]);
        let contexts = BTreeMap::from([("inputs.a-b".to_owned(), "v".to_owned())]);
        assert_eq!(resolve(&action.args[1], &contexts), "v");
    }
}
