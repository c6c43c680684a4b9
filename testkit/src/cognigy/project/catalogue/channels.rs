//! Edits of the project itself, of endpoints, and of AI agents.

use super::{Edit, added, changed, removed, renamed};
use crate::cognigy::project::Project;
use serde_json::json;

pub(super) fn edits() -> Vec<Edit> {
    let mut all = project();
    all.extend(endpoints());
    all.extend(agents());
    all
}

fn project() -> Vec<Edit> {
    vec![
        Edit::new("rename the project", |p| {
            let before = p.name.clone();
            p.rename("Service desk (new)");
            renamed("project", "Service desk (new)", &before)
        }),
        Edit::new("change a project setting", |p| {
            p.edit_settings(|s| s["timezone"] = json!("Europe/Lisbon"));
            changed("settings", &p.name, "timezone")
        }),
        Edit::new("change a nested project setting", |p| {
            p.edit_settings(|s| s["intentThreshold"]["lower"] = json!(0.25));
            changed("settings", &p.name, "intentThreshold")
        }),
        Edit::new("change the translation key", |p| {
            p.edit_settings(|s| {
                s["translationSettings"]["connections"]["deepl"]["apiKey"] = json!("another key")
            });
            changed("settings", &p.name, "translationSettings")
        })
        .of_a_secret(),
    ]
}

fn first_endpoint(p: &Project) -> (String, String) {
    let endpoint = p.endpoints.first().expect("the project has an endpoint");
    (endpoint.meta.id.clone(), endpoint.name().to_owned())
}

fn endpoints() -> Vec<Edit> {
    vec![
        Edit::new("add an endpoint", |p| {
            let flow = p.flows.first().expect("the project has a flow").meta.id.clone();
            p.add_endpoint("Kiosk", "webchat3", &flow);
            added("endpoints", "Kiosk")
        }),
        Edit::new("rename an endpoint", |p| {
            let (id, before) = first_endpoint(p);
            p.edit_endpoint(&id, |e| drop(e.insert("name".into(), json!("Front door"))));
            renamed("endpoints", "Front door", &before)
        }),
        Edit::new("switch an endpoint off", |p| {
            let (id, name) = first_endpoint(p);
            p.edit_endpoint(&id, |e| drop(e.insert("active".into(), json!(false))));
            changed("endpoints", &name, "active")
        }),
        Edit::new("change a setting of an endpoint", |p| {
            let (id, name) = first_endpoint(p);
            p.edit_endpoint(&id, |e| e["settings"]["messageDelay"] = json!(1500));
            changed("endpoints", &name, "messageDelay")
        }),
        Edit::new("lead an endpoint to another flow", |p| {
            let (id, name) = first_endpoint(p);
            let flow = p.flows.last().expect("the project has flows").reference_id.clone();
            p.edit_endpoint(&id, |e| drop(e.insert("flowId".into(), json!(flow))));
            changed("endpoints", &name, "flowId")
        }),
        Edit::new("change a transformer", |p| {
            let (id, name) = first_endpoint(p);
            p.edit_transformer(&id, "export default (input: any) => ({ ...input, kiosk: true });\n");
            changed("endpoints", &name, "transformer")
        }),
        Edit::new("change an endpoint's secret", |p| {
            let (id, name) = first_endpoint(p);
            p.edit_endpoint(&id, |e| e["settings"]["appSecret"] = json!("another secret"));
            changed("endpoints", &name, "appSecret")
        })
        .of_a_secret(),
        Edit::new("remove an endpoint", |p| {
            let last = p.endpoints.last().expect("the project has endpoints");
            let (id, name) = (last.meta.id.clone(), last.name().to_owned());
            p.remove_endpoint(&id);
            removed("endpoints", &name)
        }),
    ]
}

fn first_agent(p: &Project) -> (String, String) {
    let agent = p.agents.first().expect("the project has an AI agent");
    (agent.meta.id.clone(), agent.name().to_owned())
}

fn agents() -> Vec<Edit> {
    vec![
        Edit::new("add an AI agent", |p| {
            p.add_agent("Emil (spare parts)");
            added("aiAgents", "Emil (spare parts)")
        }),
        Edit::new("rename an AI agent", |p| {
            let (id, before) = first_agent(p);
            p.edit_agent(&id, |a| drop(a.insert("name".into(), json!("Ava (all day)"))));
            renamed("aiAgents", "Ava (all day)", &before)
        }),
        Edit::new("instruct an AI agent", |p| {
            let (id, name) = first_agent(p);
            p.edit_agent(&id, |a| drop(a.insert("instructions".into(), json!("Never promise a date."))));
            changed("aiAgents", &name, "instructions")
        }),
        Edit::new("change an AI agent's style", |p| {
            let (id, name) = first_agent(p);
            p.edit_agent(&id, |a| a["speakingStyle"]["formality"] = json!("formal"));
            changed("aiAgents", &name, "speakingStyle")
        }),
        Edit::new("remove an AI agent", |p| {
            let last = p.agents.last().expect("the project has AI agents");
            let (id, name) = (last.meta.id.clone(), last.name().to_owned());
            p.remove_agent(&id);
            removed("aiAgents", &name)
        }),
    ]
}
