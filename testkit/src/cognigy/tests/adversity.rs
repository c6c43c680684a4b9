//! What goes wrong, and what might be read in two ways.

use super::*;

#[test]
fn a_shuffled_read_is_whole_over_its_pages() {
    let switches = Switches { shuffle_lists: true, ..Switches::default() };
    let cognigy = start(Project::seeded(3, Size { flows: 30, ..Size::small() }), switches);
    let read = || {
        let (_, one) = get(&cognigy, "/flows?limit=20");
        let (_, two) = get(&cognigy, "/flows?limit=20&skip=20");
        names(&one).into_iter().chain(names(&two)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (mut one, mut two) = (read(), read());
    assert_ne!(one, two);
    one.sort();
    two.sort();
    assert_eq!(one, two);
    one.dedup();
    assert_eq!(one.len(), 30);
}

#[test]
fn faults_strike_as_often_as_they_should() {
    let cognigy = Cognigy::start(Setup::default());
    let key = format!("x-api-key: {API_KEY}\r\naccept: application/json\r\n");
    let one = |path: &str| call(&cognigy, "GET", &format!("/new/v2.0{path}"), &key, "");
    cognigy.fault(Fault::on("GET", "/flows").skip(1).times(2).status_after(503, 7));
    let statuses: Vec<u16> = (0..4).map(|_| one("/flows").unwrap().0).collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
    cognigy.fault(Fault::on("GET", "/locales").reset());
    assert!(one("/locales").is_none() && one("/locales").is_some());
    cognigy.fault(Fault::on("GET", "/lexicons").truncated());
    let (_, head, body) = one("/lexicons").unwrap();
    let promised: usize =
        head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert!(body.len() < promised);
    cognigy.fault(Fault::on("*", "/endpoints/**").forever().html());
    assert!(
        one("/endpoints/x/y").unwrap().2.contains("<html>")
            && one("/endpoints").unwrap().2.contains("<html>")
    );
    cognigy.clear_faults();
    cognigy.fault(Fault::on("GET", "/flows").wrong_total(5));
    assert_eq!(get(&cognigy, "/flows").1["total"], 8);
    cognigy.fault(Fault::on("GET", "/flows").query("skip", "2").repeated_page());
    assert_eq!(get(&cognigy, "/flows?limit=2&skip=2").1["items"].as_array().unwrap().len(), 2);
    cognigy.fault(Fault::on("GET", "/flows").empty_page());
    assert_eq!(get(&cognigy, "/flows").1["items"], json!([]));
    cognigy.fault(Fault::on("GET", "/flows").redirect());
    assert!(
        one("/flows").unwrap().1.contains(&format!("location: {}/elsewhere/flows", cognigy.download_url()))
    );
    assert_eq!(cognigy.log().iter().filter(|r| r.status == 0).count(), 1);
}

#[test]
fn a_window_of_requests_closes_and_opens() {
    let limit = RateLimit { requests: 3, per: Duration::from_millis(300), retry_after: true };
    let cognigy = Cognigy::start(Setup { rate_limit: Some(limit), ..Setup::default() });
    let statuses: Vec<u16> = (0..5).map(|_| get(&cognigy, "/flows").0).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    std::thread::sleep(Duration::from_millis(320));
    assert_eq!(get(&cognigy, "/flows").0, 200);
}

#[test]
fn a_hanging_request_ends_with_the_stand_in() {
    let cognigy = Cognigy::start(Setup::default());
    cognigy.fault(Fault::on("GET", "/flows").forever().hang());
    let mut stream = TcpStream::connect(cognigy.base_url().trim_start_matches("http://")).unwrap();
    write!(stream, "GET /new/v2.0/flows HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    while cognigy.max_in_flight() == 0 {
        std::thread::yield_now();
    }
    drop(cognigy);
    // Closed or reset: either way no answer comes any more.
    assert!(matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_)));
}

#[test]
fn switches_give_the_other_reading() {
    let all = Switches {
        node_list_config: true,
        lexicon_entries_bare: true,
        agents_absent: true,
        noise: true,
        newer_nodes: true,
        intents_export_ids: false,
        wrong_key_is_500: true,
        hal_by_default: false,
        refuse_get_bodies: false,
        ..Switches::default()
    };
    let cognigy = start(Project::seeded(1, Size { nodes_per_flow: 40, ..Size::small() }), all);
    let (flow, lexicon, locale) = cognigy
        .read(|p| (p.flows[1].meta.id.clone(), p.lexicons[0].meta.id.clone(), p.locales[1].meta.id.clone()));
    let nodes =
        || get(&cognigy, &format!("/flows/{flow}/chart/nodes?limit=100&preferredLocaleId={locale}")).1;
    let (one, two) = (nodes(), nodes());
    let of = |list: &Value, kind: &str| {
        list["items"].as_array().unwrap().iter().find(|n| n["type"] == kind).unwrap().clone()
    };
    assert!(of(&one, "say")["config"].is_object() && of(&one, "say")["mock"].is_object());
    assert_ne!(of(&one, "code")["config"]["transpiled"], of(&two, "code")["config"]["transpiled"]);
    assert_eq!(of(&one, "code")["config"]["code"], of(&two, "code")["config"]["code"]);
    assert!(one["items"].as_array().unwrap().iter().any(|n| n["localeReference"] == json!(locale)));
    assert!(get(&cognigy, &format!("/lexicons/{lexicon}/entries")).1.is_array());
    assert_eq!(get(&cognigy, "/aiagents").0, 404);
    assert_eq!(call(&cognigy, "GET", "/new/v2.0/flows", "", "").unwrap().0, 500);
    let key = format!("x-api-key: {API_KEY}\r\n");
    let (status, _, body) = call(&cognigy, "GET", "/new/v2.0/flows", &key, "{}").unwrap();
    assert!(status == 200 && body.starts_with("{\"items\""), "{body}");
    let export = json!({"localeId": locale, "format": "json"}).to_string();
    let (_, _, body) =
        call(&cognigy, "POST", &format!("/new/v2.0/flows/{flow}/intents/export"), &key, &export).unwrap();
    let intents: Value = serde_json::from_str(&body).unwrap();
    assert!(intents[0].get("_id").is_none() && intents[0]["sentences"][0]["text"].is_string());
}
