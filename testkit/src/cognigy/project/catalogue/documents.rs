//! Edits of what is one document each.

use super::{Edit, added, changed, removed, renamed};
use crate::cognigy::project::{Collection, Mention, Project};
use serde_json::{Map, Value, json};

pub(super) fn edits() -> Vec<Edit> {
    let mut all: Vec<Edit> = Collection::ALL.into_iter().flat_map(life).collect();
    all.extend(fields());
    all.extend(steps());
    all.extend(secrets());
    all
}

/// What can be done to a document of any kind.
fn life(kind: Collection) -> [Edit; 3] {
    let name = kind.name();
    [
        Edit::new(&format!("add one of the {name}"), move |p| {
            p.add_document(kind, "Brand-new");
            added(name, "Brand-new")
        }),
        Edit::new(&format!("rename one of the {name}"), move |p| {
            let before = first(p, kind);
            p.rename_document(kind, &before, "Renamed");
            renamed(name, "Renamed", &before)
        }),
        Edit::new(&format!("remove one of the {name}"), move |p| {
            let last = p.documents(kind).last().expect("the project has one").name().to_owned();
            p.remove_document(kind, &last);
            removed(name, &last)
        }),
    ]
}

/// Name of the first document of a kind.
fn first(p: &Project, kind: Collection) -> String {
    p.documents(kind).first().expect("the project has one of every kind").name().to_owned()
}

/// Edits the first document of a kind; what was edited is said by a field's or an item's name.
fn edit(kind: Collection, what: &str, item: &'static str, change: fn(&mut Map<String, Value>)) -> Edit {
    Edit::new(what, move |p| {
        let name = first(p, kind);
        p.edit_document(kind, &name, change);
        changed(kind.name(), &name, item)
    })
}

fn fields() -> Vec<Edit> {
    use Collection as C;
    vec![
        Edit::new("change a function's code", |p| {
            let name = first(p, C::Functions);
            p.edit_function_code(&name, "export default async () => 42;\n");
            changed("functions", &name, "code")
        }),
        edit(C::Functions, "disable a function", "isDisabled", |f| {
            f["isDisabled"] = json!(true);
        }),
        edit(C::Connections, "mark a connection as deprecated", "isDeprecated", |c| {
            c["isDeprecated"] = json!(true);
        }),
        edit(C::NluConnectors, "change an NLU connector's setting", "serviceURL", |c| {
            c["settings"]["serviceURL"] = json!("https://nlu.example.org");
        }),
        Edit::new("change an NLU connector's transformer", |p| {
            let name = first(p, C::NluConnectors);
            p.edit_nlu_transformer(
                &name,
                "createNluTransformer({ postNluTransformer: async (x: any) => x });\n",
            );
            changed("nluConnectors", &name, "transformer")
        }),
        edit(C::Playbooks, "change a playbook's timeout", "timeout", |p| {
            p["timeout"] = json!(5000);
        }),
        edit(C::Extensions, "update an extension", "version", |e| {
            e["version"] = json!("1.5.0");
            e["nodes"][0]["summary"] = json!("Finds a parcel by number or name");
        }),
        edit(C::Extensions, "trust an extension", "trustedCode", |e| {
            e["trustedCode"] = json!(true);
        }),
        edit(C::Tokens, "change a token's script", "script", |t| {
            t["script"] = json!("{{input.order.id}}");
        }),
        edit(C::LargeLanguageModels, "change a model", "modelType", |m| {
            m["modelType"] = json!("gpt-4o-mini");
        }),
        edit(C::LargeLanguageModels, "let a model use no connection", "connectionId", |m| {
            m["connectionId"] = json!("");
        }),
        edit(C::Goals, "describe a goal", "description", |g| {
            g["description"] = json!("What the board wants to see");
        }),
        edit(C::Goals, "revalue a goal's step", "Asked", |g| {
            g["steps"][0]["metrics"][0]["value"] = json!(7);
        }),
        edit(C::CopilotConfigs, "move a tile", "profile", |c| {
            c["config"]["tiles"]["profile"]["y"] = json!(2);
        }),
        edit(C::CopilotConfigs, "add a tile", "weather", |c| {
            c["config"]["tiles"]["weather"] = json!({"x": 2, "y": 2, "columns": 1, "rows": 1});
        }),
        edit(C::HandoverProviders, "change a handover provider's setting", "queue", |h| {
            h["settings"]["queue"] = json!("night shift");
        }),
    ]
}

/// Edits the steps of the first playbook.
fn playbook(p: &mut Project, item: &str, change: impl FnOnce(&mut Vec<Value>)) -> Mention {
    let name = first(p, Collection::Playbooks);
    p.edit_playbook_steps(&name, change);
    changed("playbooks", &name, item)
}

fn steps() -> Vec<Edit> {
    vec![
        Edit::new("add a playbook step", |p| {
            let name = first(p, Collection::Playbooks);
            p.add_playbook_step(&name, "thank you");
            changed("playbooks", &name, "thank you")
        }),
        Edit::new("change a playbook step", |p| {
            playbook(p, "where are my shoes", |steps| steps[0]["text"] = json!("where are my shoes"))
        }),
        Edit::new("change what a playbook step expects", |p| {
            playbook(p, "asserts", |steps| steps[0]["asserts"][0]["params"]["negate"] = json!(true))
        }),
        Edit::new("move a playbook step", |p| playbook(p, "steps", |steps| steps.rotate_left(1))),
        Edit::new("remove a playbook step", |p| playbook(p, "steps", |steps| drop(steps.pop()))),
        edit(Collection::Goals, "remove a goal's step", "steps", |g| {
            g["steps"].as_array_mut().expect("goals have steps").pop();
        }),
    ]
}

fn secrets() -> Vec<Edit> {
    use Collection as C;
    let secrets = [
        edit(C::Connections, "change a connection's value", "fields", |c| {
            c["fields"]["password"] = json!("another password");
        }),
        edit(C::NluConnectors, "change an NLU connector's key", "apikey", |c| {
            c["settings"]["apikey"] = json!("another key");
        }),
        edit(C::LargeLanguageModels, "change a model's key", "apiKey", |m| {
            m["openAI"]["apiKey"] = json!("another key");
        }),
        edit(C::HandoverProviders, "change a handover provider's token", "accessToken", |h| {
            h["settings"]["accessToken"] = json!("another token");
        }),
    ];
    secrets.into_iter().map(Edit::of_a_secret).collect()
}
