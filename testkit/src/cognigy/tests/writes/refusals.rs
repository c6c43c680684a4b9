//! What no write gets through, what goes wrong with writes, and what the log says of them.

use super::*;

fn function(cognigy: &Cognigy, code: &str) -> Value {
    json!({"projectId": cognigy.project_id(), "name": "F", "code": code})
}

#[test]
fn a_key_that_may_not_write_reads() {
    let cognigy =
        start(Project::seeded(1, Size::small()), Switches { read_only: true, ..Switches::default() });
    let before = cognigy.read(Project::truth);
    let (flow, _, primary) = places(&cognigy);
    for (method, path) in
        [("POST", "/flows"), ("PATCH", &*format!("/flows/{flow}")), ("DELETE", &format!("/flows/{flow}"))]
    {
        let (status, answer) = send(&cognigy, method, path, &json!({"name": "x"}));
        assert_eq!((status, &answer["code"]), (403, &json!(403)), "{method}");
    }
    let body = json!({"localeId": primary, "format": "json"});
    assert_eq!(send(&cognigy, "POST", &format!("/flows/{flow}/intents/export"), &body).0, 200);
    assert_eq!(cognigy.read(Project::truth), before);
    cognigy.set_switches(Switches { read_only: true, denied_is_404: true, ..Switches::default() });
    assert_eq!(refused(&cognigy, "POST", "/flows", &json!({})).0, 404);
}

#[test]
fn bodies_have_a_size_and_a_form() {
    let cognigy = Cognigy::start(Setup::default());
    let large = function(&cognigy, &"x".repeat(70_000));
    let (status, answer) = send(&cognigy, "POST", "/functions", &large);
    assert_eq!((status, &answer["code"]), (413, &json!(413)));
    cognigy.set_switches(Switches { max_json_body: None, created_is_201: false, ..Switches::default() });
    assert_eq!(send(&cognigy, "POST", "/functions", &large).0, 200);
    assert_eq!(refused(&cognigy, "POST", "/functions", &json!([1])).0, 400);
    assert_eq!(refused(&cognigy, "PUT", "/functions", &json!({})).0, 404);
    let typed = [
        ("/functions", json!({"isDisabled": "no"}), "\"isDisabled\" must be a boolean"),
        ("/functions", json!({"code": 1}), "\"code\" must be a string"),
        ("/functions", json!({"name": "F", "cod": ""}), "\"cod\" is not allowed"),
        ("/connections", json!({"fields": []}), "\"fields\" must be an object"),
        ("/playbooks", json!({"steps": {}}), "\"steps\" must be an array"),
        ("/flows", json!({"attachedFlows": [1]}), "\"attachedFlows\" must be an array of strings"),
    ];
    for (path, body, detail) in typed {
        assert_eq!(refused(&cognigy, "POST", path, &body), (400, detail.to_owned()));
    }
}

#[test]
fn faults_strike_before_a_write_or_after_it() {
    let cognigy = Cognigy::start(Setup::default());
    let count = || cognigy.read(|p| p.documents(Collection::Functions).len());
    let headers = format!("x-api-key: {API_KEY}\r\naccept: application/json\r\n");
    let post = || {
        let body = function(&cognigy, "x").to_string();
        call(&cognigy, "POST", "/new/v2.0/functions", &headers, &body).map(|(status, ..)| status)
    };
    let before = count();
    for (fault, answer, more) in [
        (Fault::on("POST", "/functions").status(503), Some(503), 0),
        (Fault::on("POST", "/functions").reset(), None, 0),
        (Fault::on("POST", "/functions").status(502).late(), Some(502), 1),
        (Fault::on("POST", "/functions").reset().late(), None, 2),
        (Fault::on("POST", "/functions").text().late(), Some(200), 3),
        (Fault::on("POST", "/functions").truncated(), Some(201), 4),
        (Fault::on("PATCH", "/functions/*").reset(), Some(201), 5),
    ] {
        let shown = format!("{fault:?}");
        cognigy.fault(fault);
        assert_eq!((post(), count() - before), (answer, more), "{shown}");
    }
    let id = cognigy.read(|p| p.documents(Collection::Functions)[0].meta.id.clone());
    let path = format!("/new/v2.0/functions/{id}");
    assert!(call(&cognigy, "PATCH", &path, &headers, "{\"code\": \"lost\"}").is_none());
    cognigy.fault(Fault::on("DELETE", "/functions/*").status(500).late());
    assert_eq!(call(&cognigy, "DELETE", &path, &headers, "").unwrap().0, 500);
    assert_eq!((count() - before, cognigy.pending_faults()), (4, 0));
}

#[test]
fn the_log_shows_what_was_written_and_nothing_else() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, _, primary) = places(&cognigy);
    get(&cognigy, "/flows");
    done(&cognigy, "PATCH", &format!("/flows/{flow}"), &json!({"description": "said"}));
    let export = json!({"localeId": primary, "format": "json"});
    send(&cognigy, "POST", &format!("/flows/{flow}/intents/export"), &export);
    refused(&cognigy, "DELETE", "/flows/000000000000000000000000", &Value::Null);
    let writes: Vec<_> = cognigy
        .writes()
        .into_iter()
        .map(|r| (r.method.clone(), r.path.clone(), r.json(), r.status))
        .collect();
    assert_eq!(
        writes,
        [
            ("PATCH".to_owned(), format!("/flows/{flow}"), json!({"description": "said"}), 204),
            ("DELETE".to_owned(), "/flows/000000000000000000000000".to_owned(), Value::Null, 404),
        ]
    );
    assert_eq!(cognigy.log().len(), 4);
}

#[test]
fn writes_at_once_take_turns() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, ..) = places(&cognigy);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for at in 0..10 {
                    let start = cognigy.read(|p| p.flows[0].nodes[0].id.clone());
                    let body =
                        json!({"type": "if", "mode": "append", "target": start, "label": at.to_string()});
                    made(&cognigy, &format!("/flows/{flow}/chart/nodes"), &body);
                    get(&cognigy, &format!("/flows/{flow}/chart"));
                }
            });
        }
    });
    cognigy.read(|p| {
        let flow = &p.flows[0];
        let (mut here, mut chain) = (flow.nodes[0].id.clone(), 0);
        while let Some(next) = flow.relation(&here).and_then(|r| r.next.clone()) {
            (here, chain) = (next, chain + 1);
        }
        assert_eq!(flow.nodes.len(), flow.relations.len());
        assert!(chain >= 40 && flow.node(&here).unwrap().kind == "end");
    });
}
