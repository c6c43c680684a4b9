//! Edits of what is one document each: functions, connections, playbooks and so on.

use super::knowledge::edit;
use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Collection, Document, Project, computed, seed};
use serde_json::{Map, Value, json};

impl Project {
    /// Adds a document as a person would create it and gives its `_id`.
    pub fn add_document(&mut self, kind: Collection, name: &str) -> String {
        self.ids.tick();
        let body = seed::body(&mut self.ids, kind, name);
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.documents.entry(kind).or_default().push(Document { meta, body });
        self.record(Deed::create(kind.element(), &id))
    }

    /// Removes a document.
    pub fn remove_document(&mut self, kind: Collection, which: &str) {
        let all = self.documents.entry(kind).or_default();
        let at = all.iter().position(|d| d.is(which)).unwrap_or_else(|| missing(kind, which));
        let gone = all.remove(at);
        self.ids.tick();
        self.record(Deed::delete(kind.element(), &gone.meta.id));
    }

    /// Edits what a document answers.
    pub fn edit_document(
        &mut self,
        kind: Collection,
        which: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        let found = self.documents.entry(kind).or_default().iter_mut().find(|d| d.is(which));
        let found = found.unwrap_or_else(|| missing(kind, which));
        edit(&mut self.ids, found, change);
        let deed = Deed::patch(kind.element(), &found.meta.id);
        self.record(deed);
    }

    /// Gives a document another name (a token: another label).
    pub fn rename_document(&mut self, kind: Collection, which: &str, name: &str) {
        let field = if kind == Collection::Tokens { "label" } else { "name" };
        self.edit_document(kind, which, |body| {
            body.insert(field.to_owned(), json!(name));
        });
    }

    /// Gives a function other code.
    pub fn edit_function_code(&mut self, function: &str, code: &str) {
        self.edit_document(Collection::Functions, function, |body| {
            body.insert("code".to_owned(), json!(code));
        });
    }

    /// Gives an NLU connector another transformer text; the transpiled one follows.
    pub fn edit_nlu_transformer(&mut self, connector: &str, source: &str) {
        self.edit_document(Collection::NluConnectors, connector, |body| {
            let transformer = body.get_mut("transformer").expect("every NLU connector has a transformer");
            transformer["transformer"] = json!(source);
            transformer["transpiledTransformer"] = json!(computed::transpile(source));
        });
    }

    /// Adds a step to the end of a playbook.
    pub fn add_playbook_step(&mut self, playbook: &str, text: &str) {
        let step = seed::step(&mut self.ids, text);
        self.edit_playbook_steps(playbook, |steps| steps.push(step));
    }

    /// Edits the steps of a playbook: adds, removes, changes, moves.
    pub fn edit_playbook_steps(&mut self, playbook: &str, change: impl FnOnce(&mut Vec<Value>)) {
        self.edit_document(Collection::Playbooks, playbook, |body| {
            let steps = body.get_mut("steps").and_then(Value::as_array_mut);
            change(steps.expect("every playbook has steps"));
        });
    }
}

fn missing(kind: Collection, which: &str) -> ! {
    panic!("the project has no {which:?} among its {}", kind.name())
}
