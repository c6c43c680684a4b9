//! The client against a server in a few lines, so that every bad day can be had.

mod lists;
mod refusals;
mod requests;
mod writes;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Client, Limits};
use crate::http::testing::{Reply, Server};
use crate::http::{Options, Policy, Pool, Transport};

const KEY: &str = "hunter2-0123456789abcdef";
const PROJECT: &str = "5f0c0ffee0c0ffee0c0ffee0";

fn limits() -> Limits {
    let ms = Duration::from_millis;
    Limits {
        pool: Pool::new(4, None),
        retry: Policy { tries: 3, base: ms(1), cap: ms(5), total: ms(500), throttled: ms(2) },
        request_timeout: ms(500),
        export_timeout: ms(400),
        max_answer: 1 << 20,
    }
}

fn client_with(base: &reqwest::Url, limits: Limits) -> Client {
    let transport = Transport::new(&Options::default()).unwrap();
    Client::new(transport, base.clone(), SecretString::from(KEY), PROJECT.parse().unwrap(), limits).unwrap()
}

fn client(server: &Server) -> Client {
    client_with(&server.url, limits())
}

/// A server that always answers the same.
async fn always(reply: Reply) -> Server {
    Server::start(move |_, _| reply.clone()).await
}

fn item(n: usize) -> Value {
    json!({ "_id": format!("id{n}"), "name": format!("name {n}") })
}
