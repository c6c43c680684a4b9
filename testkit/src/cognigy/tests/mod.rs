//! The stand-in itself, over the wire, with the plainest client there is.

mod adversity;
mod audit;
mod documents;
mod edits;
mod writes;

use super::*;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One request over one connection: status, headers, body. A connection that breaks is `None`.
fn call(
    cognigy: &Cognigy,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let host = cognigy.base_url();
    let mut stream = TcpStream::connect(host.trim_start_matches("http://")).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{length}{headers}\r\n{body}");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_lowercase(), body.to_owned()))
}

/// As the product asks: with key and Accept. An answer that is no JSON is null.
fn get(cognigy: &Cognigy, path: &str) -> (u16, Value) {
    let headers = format!("x-api-key: {API_KEY}\r\naccept: application/json\r\n");
    let (status, _, body) =
        call(cognigy, "GET", &format!("/new/v2.0{path}"), &headers, "").expect("an answer");
    (status, serde_json::from_str(&body).unwrap_or_default())
}

fn start(project: Project, switches: Switches) -> Cognigy {
    Cognigy::start(Setup { project, switches, ..Setup::default() })
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect()
}

#[test]
fn equal_seeds_make_equal_projects_of_the_wanted_size() {
    let size = Size::small();
    let one = Project::seeded(7, size);
    assert_eq!(one.truth(), Project::seeded(7, size).truth());
    assert_ne!(one.truth(), Project::seeded(8, size).truth());
    assert!(
        one.flows.iter().all(|f| f.nodes.len() == size.nodes_per_flow && f.relations.len() == f.nodes.len())
    );
    let truth = one.truth().to_string();
    for secret in PLANTED_SECRETS.iter().filter(|s| **s != API_KEY).chain([&PLANTED_IN_CODE]) {
        assert!(truth.contains(secret), "{secret} is planted");
    }
    assert_eq!(Project::empty().locales.len(), 1);
}

#[test]
fn the_benchmark_is_the_dossiers_second_case() {
    let project = Project::seeded(1, Size::benchmark());
    let primary = project.primary().meta.id.clone();
    let other = project.locales[1].meta.id.clone();
    let versions =
        |l: &str| project.flows.iter().flat_map(|f| &f.nodes).filter(|n| n.is_localised(l)).count();
    assert_eq!((versions(&primary), versions(&other)), (5_000, 500));
    let megabytes = project.truth().to_string().len() as f64 / 1e6;
    assert!((4.0..6.5).contains(&megabytes), "{megabytes} MB");
}

#[test]
fn lists_are_paged_by_skip_and_by_cursor() {
    let cognigy = start(
        Project::seeded(3, Size { flows: 60, nodes_per_flow: 2, ..Size::small() }),
        Switches::default(),
    );
    let (_, first) = get(&cognigy, "/flows");
    assert_eq!((names(&first).len(), &first["total"]), (25, &json!(60)));
    assert!(first["previousCursor"].is_null());
    let (_, by_cursor) =
        get(&cognigy, &format!("/flows?limit=25&next={}", first["nextCursor"].as_str().unwrap()));
    let (_, by_skip) = get(&cognigy, "/flows?limit=25&skip=25");
    assert_eq!(by_cursor, by_skip);
    let (_, back) =
        get(&cognigy, &format!("/flows?limit=25&previous={}", by_skip["previousCursor"].as_str().unwrap()));
    assert_eq!(back["items"], first["items"]);
    let (_, last) = get(&cognigy, "/flows?limit=100&skip=50");
    assert_eq!(names(&last).len(), 10);
    assert!(last["nextCursor"].is_null());
    let (_, sorted) = get(&cognigy, "/flows?limit=100&sort=name:desc&filter=return");
    assert_eq!(names(&sorted), ["Returns & refunds 3", "Returns & refunds 2", "Returns & refunds"]);
    for wrong in ["limit=0", "limit=101", "limit=x", "skip=-1", "projectId=000000000000000000000000"] {
        assert_eq!(get(&cognigy, &format!("/flows?{wrong}")).0, 400, "{wrong}");
    }
    cognigy.set_switches(Switches { clamp_limit: true, old_cursor_names: true, ..Switches::default() });
    let (_, clamped) = get(&cognigy, "/flows?limit=200");
    assert_eq!(names(&clamped).len(), 60);
    assert!(clamped.get("next").is_some() && clamped.get("nextCursor").is_none());
}

#[test]
fn a_node_shows_its_own_version_or_the_one_it_inherits() {
    let project = Project::seeded(5, Size { locales: 3, localised_percent: 0, ..Size::small() });
    let cognigy = start(project, Switches::default());
    let (flow, node) = cognigy.edit(|p| {
        let node = p.add_say("Main", "Hello", "Hi!");
        p.localise_node("Main", &node, "Deutsch");
        p.edit_node("Main", &node, Some("Deutsch"), |c| c["say"]["text"][0] = json!("Hallo!"));
        (p.flow("Main").unwrap().meta.id.clone(), node)
    });
    let ids: Vec<String> = cognigy.read(|p| p.locales.iter().map(|l| l.meta.id.clone()).collect());
    let text = |locale: &str| {
        let (_, node) =
            get(&cognigy, &format!("/flows/{flow}/chart/nodes/{node}?preferredLocaleId={locale}"));
        (node["config"]["say"]["text"][0].clone(), node["preview"].clone(), node["localeReference"].clone())
    };
    assert_eq!(text(&ids[0]), (json!("Hi!"), json!("Hi!"), json!(ids[0])));
    assert_eq!(text(&ids[1]), (json!("Hallo!"), json!("Hallo!"), json!(ids[1])));
    assert_eq!(
        text(&ids[2]),
        (json!("Hallo!"), json!("Hallo!"), json!(ids[1])),
        "French falls back to German"
    );
    let (_, chart) = get(&cognigy, &format!("/flows/{flow}/chart?preferredLocaleId={}", ids[2]));
    let row = chart["nodes"].as_array().unwrap().iter().find(|n| n["_id"] == json!(node)).unwrap();
    assert_eq!((&row["localeReference"], row.get("config")), (&json!(ids[1]), None));
    cognigy.edit(|p| p.unlocalise_node("Main", &node, "Deutsch"));
    assert_eq!(text(&ids[2]).0, json!("Hi!"));
}

#[test]
fn the_front_door_refuses_and_negotiates() {
    let cognigy = Cognigy::start(Setup::default());
    let key = format!("x-api-key: {API_KEY}\r\n");
    let plain = format!("{key}accept: application/json\r\n");
    let flows = "/new/v2.0/flows";
    let (status, _, body) =
        call(&cognigy, "GET", flows, "x-api-key: wrong\r\naccept: application/json\r\n", "").unwrap();
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &problem["code"]), (401, &json!(401)));
    let (_, head, hal) = call(&cognigy, "GET", flows, &key, "").unwrap();
    let hal: Value = serde_json::from_str(&hal).unwrap();
    assert!(
        head.contains("application/hal+json") && hal["_embedded"]["flows"][0]["flowId"].is_string(),
        "{hal}"
    );
    assert_eq!(call(&cognigy, "GET", flows, &plain, "{}").unwrap().0, 403);
    let (status, head, _) = call(&cognigy, "GET", "/login", &plain, "").unwrap();
    assert!(status == 200 && head.contains("text/html"));
    assert_eq!(call(&cognigy, "GET", "/v2.0/flows", &plain, "").unwrap().0, 200);
    assert_eq!(get(&cognigy, "/flows/000000000000000000000000").1["code"], 1002);
    assert_eq!(get(&cognigy, "/projects/000000000000000000000000").0, 400);
    assert_eq!(get(&cognigy, "/nothing").0, 404);
}

#[test]
fn edits_show_where_the_contract_says() {
    let cognigy = Cognigy::start(Setup::default());
    let flow = cognigy.read(|p| p.flow("Main").unwrap().meta.id.clone());
    let changed = || get(&cognigy, &format!("/flows/{flow}")).1["lastChanged"].as_i64().unwrap();
    let before = changed();
    cognigy.edit(|p| p.edit_node("Main", "Start", None, |c| c["x"] = json!(1)));
    assert!(changed() > before);
    cognigy.set_switches(Switches { flow_shows_content_edits: false, ..Switches::default() });
    assert_eq!(changed(), before);
    cognigy.edit(|p| p.rename_flow("Main", "Welcome"));
    assert!(changed() > before);
    cognigy.edit(|p| p.remove_flow("Welcome"));
    assert_eq!(get(&cognigy, &format!("/flows/{flow}")).0, 404);
}

#[test]
fn removing_nodes_keeps_the_chart_whole() {
    let mut project = Project::seeded(11, Size { nodes_per_flow: 60, ..Size::small() });
    let branch = project.flow("Main").unwrap().nodes.iter().find(|n| n.kind == "if").unwrap().id.clone();
    project.remove_node("Main", &branch);
    let flow = project.flow("Main").unwrap();
    assert!(flow.nodes.len() <= 57, "then, else and what hangs below them went too");
    let known = |id: &String| flow.nodes.iter().any(|n| n.id == *id);
    assert!(flow.relations.iter().all(|r| known(&r.node) && r.next.iter().chain(&r.children).all(known)));
    let mut here = flow.nodes[0].id.clone();
    while let Some(next) = flow.relation(&here).and_then(|r| r.next.clone()) {
        here = next;
    }
    assert_eq!(flow.node(&here).unwrap().kind, "end");
}

#[test]
fn a_lexicon_export_is_a_task_then_a_link_to_the_other_host() {
    let cognigy = Cognigy::start(Setup::default());
    let lexicon = cognigy.read(|p| p.lexicons[0].meta.id.clone());
    let key = format!("x-api-key: {API_KEY}\r\naccept: application/json\r\n");
    let link =
        || call(&cognigy, "POST", &format!("/new/v2.0/lexicons/{lexicon}/downloadlink"), &key, "").unwrap();
    assert_eq!(link().0, 409);
    let task = get(&cognigy, &format!("/lexicons/{lexicon}/export")).1["_id"].as_str().unwrap().to_owned();
    assert_eq!(get(&cognigy, &format!("/tasks/{task}")).1["status"], "done");
    let link: Value = serde_json::from_str(&link().2).unwrap();
    let path = link["downloadLink"].as_str().unwrap().strip_prefix(&cognigy.download_url()).unwrap();
    let mut stream = TcpStream::connect(cognigy.download_url().trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{key}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with(&cognigy.read(|p| p.lexicons[0].csv())));
    assert_eq!(cognigy.leaks().len(), 1, "that request carried the key");
}

#[test]
fn agents_have_jobs_and_unsteady_keys() {
    let switches =
        Switches { shuffle_agent_keys: true, agent_items_without_reference_id: true, ..Switches::default() };
    let cognigy = start(Project::seeded(1, Size::small()), switches);
    let id = cognigy.read(|p| p.agents[0].meta.id.clone());
    let (_, list) = get(&cognigy, "/aiagents");
    assert!(list["items"][0].get("referenceId").is_none());
    let read = || get(&cognigy, &format!("/aiagents/{id}")).1;
    let (one, two) = (read(), read());
    assert_eq!(one, two);
    assert_ne!(one.to_string(), two.to_string());
    let (_, jobs) = get(&cognigy, &format!("/aiagents/{id}/jobs"));
    assert_eq!(
        (&jobs[0]["type"], &jobs[0]["tools"][0]["type"]),
        (&json!("aiAgentJob"), &json!("aiAgentJobTool"))
    );
}
