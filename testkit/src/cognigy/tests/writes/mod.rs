//! Writes over the wire: what they leave behind is what a read shows.

mod again;
mod documents;
mod imports;
mod language;
mod nodes;
mod refusals;

use super::*;

/// A write as the product sends it: status and answer.
fn send(cognigy: &Cognigy, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let headers =
        format!("x-api-key: {API_KEY}\r\naccept: application/json\r\ncontent-type: application/json\r\n");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, _, answer) =
        call(cognigy, method, &format!("/new/v2.0{path}"), &headers, &body).expect("an answer");
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

/// A POST that must make something: its answer and its `_id`.
fn made(cognigy: &Cognigy, path: &str, body: &Value) -> (Value, String) {
    let (status, answer) = send(cognigy, "POST", path, body);
    assert_eq!(status, 201, "POST {path} {body}: {answer}");
    let id = answer["_id"].as_str().unwrap_or_default().to_owned();
    (answer, id)
}

/// A PATCH, DELETE or verb that must succeed.
fn done(cognigy: &Cognigy, method: &str, path: &str, body: &Value) {
    let (status, answer) = send(cognigy, method, path, body);
    assert_eq!(status, 204, "{method} {path} {body}: {answer}");
}

/// What a refusal says.
fn refused(cognigy: &Cognigy, method: &str, path: &str, body: &Value) -> (u16, String) {
    let (status, answer) = send(cognigy, method, path, body);
    (status, answer["detail"].as_str().unwrap_or_default().to_owned())
}

/// Reads a task until it has ended.
fn ended(cognigy: &Cognigy, task: &Value) -> Value {
    loop {
        let (_, state) = get(cognigy, &format!("/tasks/{}", task["_id"].as_str().unwrap()));
        if ["done", "error"].contains(&state["status"].as_str().unwrap()) {
            return state;
        }
    }
}

/// The ids of the first flow, a second locale and the primary one.
fn places(cognigy: &Cognigy) -> (String, String, String) {
    cognigy.read(|p| (p.flows[0].meta.id.clone(), p.locales[1].meta.id.clone(), p.primary().meta.id.clone()))
}
