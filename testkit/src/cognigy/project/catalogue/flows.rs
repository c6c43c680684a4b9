//! Edits of flows, of their intents, and of their small parts.

use super::{Edit, added, changed, removed, renamed};
use crate::cognigy::project::{Flow, Project};
use serde_json::json;

pub(super) fn edits() -> Vec<Edit> {
    let mut all = flows();
    all.extend(intents());
    all.extend(states());
    all.extend(slot_fillers());
    all
}

/// Name of the first flow.
fn flow(p: &Project) -> String {
    p.flows.first().expect("the project has a flow").name.clone()
}

fn flows() -> Vec<Edit> {
    vec![
        Edit::new("add a flow", |p| {
            p.add_flow("Spare parts");
            added("flows", "Spare parts")
        }),
        Edit::new("rename a flow", |p| {
            let before = flow(p);
            p.rename_flow(&before, "Welcome");
            renamed("flows", "Welcome", &before)
        }),
        Edit::new("describe a flow", |p| {
            let name = flow(p);
            p.edit_flow(&name, |f| f.description = Some("Where everybody begins".into()));
            changed("flows", &name, "description")
        }),
        Edit::new("change a flow's context", |p| {
            let name = flow(p);
            p.edit_flow(&name, |f| f.context["greeted"] = json!(false));
            changed("flows", &name, "context")
        }),
        Edit::new("attach a lexicon to a flow", |p| {
            let name = flow(p);
            let lexicon = p.lexicons.first().expect("the project has a lexicon").meta.id.clone();
            p.edit_flow(&name, |f| f.attached_lexicons.push(lexicon));
            changed("flows", &name, "attachedLexicons")
        }),
        Edit::new("attach a flow to a flow", |p| {
            let name = flow(p);
            let other = p.flows.last().expect("the project has flows").meta.id.clone();
            p.edit_flow(&name, |f| f.attached_flows.push(other));
            changed("flows", &name, "attachedFlows")
        }),
        Edit::new("change a flow's setting", |p| {
            let name = flow(p);
            p.edit_flow_settings(&name, |s| s["intentThreshold"]["upper"] = json!(0.65));
            changed("flows", &name, "intentThreshold")
        }),
        Edit::new("remove a flow", |p| {
            let name = p.flows.last().expect("the project has flows").name.clone();
            p.remove_flow(&name);
            removed("flows", &name)
        }),
    ]
}

/// Names of the first flow and of its first intent, and the intent's first sentence.
fn intent(p: &Project) -> (String, String, String) {
    let flow = p.flows.first().expect("the project has a flow");
    let intent = flow.intents.first().expect("the flow has an intent");
    let sentence = intent.sentences.first().expect("the intent has a sentence");
    (flow.name.clone(), intent.name.clone(), sentence.text.clone())
}

fn intents() -> Vec<Edit> {
    vec![
        Edit::new("add an intent", |p| {
            let flow = flow(p);
            p.add_intent(&flow, "SpareParts");
            changed("flows", &flow, "SpareParts")
        }),
        Edit::new("rename an intent", |p| {
            let (flow, intent, _) = intent(p);
            p.edit_intent(&flow, &intent, |i| "WhereIsIt".clone_into(&mut i.name));
            changed("flows", &flow, "WhereIsIt")
        }),
        Edit::new("give an intent a rule", |p| {
            let (flow, intent, _) = intent(p);
            p.edit_intent(&flow, &intent, |i| i.rules.push("input.text === \"?\"".into()));
            changed("flows", &flow, &intent)
        }),
        Edit::new("switch an intent off", |p| {
            let (flow, intent, _) = intent(p);
            p.edit_intent(&flow, &intent, |i| i.is_disabled = true);
            changed("flows", &flow, &intent)
        }),
        Edit::new("add an example sentence", |p| {
            let (flow, intent, _) = intent(p);
            p.add_sentence(&flow, &intent, None, "any news of my parcel");
            changed("flows", &flow, &intent)
        }),
        Edit::new("change an example sentence", |p| {
            let (flow, intent, text) = intent(p);
            p.edit_sentence(&flow, &intent, &text, |s| "where has it got to".clone_into(&mut s.text));
            changed("flows", &flow, &intent)
        }),
        Edit::new("translate an example sentence", |p| {
            let (flow, intent, _) = intent(p);
            let other = p.locales.get(1).expect("the project has a second locale").name.clone();
            p.add_sentence(&flow, &intent, Some(&other), "wo bleibt mein Paket");
            changed("flows", &flow, &intent)
        }),
        Edit::new("remove an example sentence", |p| {
            let (flow, intent, text) = intent(p);
            p.remove_sentence(&flow, &intent, &text);
            changed("flows", &flow, &intent)
        }),
        Edit::new("remove an intent", |p| {
            let flow = p.flows.first().expect("the project has a flow");
            let intent = flow.intents.last().expect("the flow has intents").name.clone();
            let flow = flow.name.clone();
            p.remove_intent(&flow, &intent);
            changed("flows", &flow, &intent)
        }),
    ]
}

/// The first flow that has states and slot fillers.
fn with_parts(p: &Project) -> &Flow {
    p.flows.iter().find(|f| !f.states.is_empty()).expect("a flow has states and slot fillers")
}

fn state(p: &Project) -> (String, String) {
    let flow = with_parts(p);
    (flow.name.clone(), flow.states[0].name().to_owned())
}

fn states() -> Vec<Edit> {
    vec![
        Edit::new("add a flow state", |p| {
            let (flow, _) = state(p);
            p.add_flow_state(&flow, "complaint");
            changed("flows", &flow, "complaint")
        }),
        Edit::new("rename a flow state", |p| {
            let (flow, state) = state(p);
            p.edit_flow_state(&flow, &state, |s| drop(s.insert("name".into(), json!("usual"))));
            changed("flows", &flow, "usual")
        }),
        Edit::new("change a flow state's type", |p| {
            let (flow, state) = state(p);
            p.edit_flow_state(&flow, &state, |s| drop(s.insert("type".into(), json!("blacklist"))));
            changed("flows", &flow, &state)
        }),
        Edit::new("change a flow state's intents", |p| {
            let (flow, state) = state(p);
            p.edit_flow_state(&flow, &state, |s| drop(s.insert("intentIds".into(), json!([]))));
            changed("flows", &flow, &state)
        }),
        Edit::new("remove a flow state", |p| {
            let flow = with_parts(p);
            let state = flow.states.last().expect("the flow has states").name().to_owned();
            let flow = flow.name.clone();
            p.remove_flow_state(&flow, &state);
            changed("flows", &flow, &state)
        }),
    ]
}

fn slot_filler(p: &Project) -> (String, String) {
    let flow = with_parts(p);
    (flow.name.clone(), flow.slot_fillers[0].name().to_owned())
}

fn slot_fillers() -> Vec<Edit> {
    vec![
        Edit::new("add a slot filler", |p| {
            let (flow, _) = slot_filler(p);
            p.add_slot_filler(&flow, "Voucher");
            changed("flows", &flow, "Voucher")
        }),
        Edit::new("change a slot filler's expression", |p| {
            let (flow, filler) = slot_filler(p);
            p.edit_slot_filler(&flow, &filler, |s| drop(s.insert("regex".into(), json!("[0-9]{8}"))));
            changed("flows", &flow, &filler)
        }),
        Edit::new("change what a slot filler looks for", |p| {
            let (flow, filler) = slot_filler(p);
            p.edit_slot_filler(&flow, &filler, |s| {
                s.shift_remove("regex");
                s.insert("type".into(), json!("date"));
            });
            changed("flows", &flow, &filler)
        }),
        Edit::new("remove a slot filler", |p| {
            let flow = with_parts(p);
            let filler = flow.slot_fillers.last().expect("the flow has slot fillers").name().to_owned();
            let flow = flow.name.clone();
            p.remove_slot_filler(&flow, &filler);
            changed("flows", &flow, &filler)
        }),
    ]
}
