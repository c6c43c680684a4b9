//! The way to both servers as it is in companies: certificates of one's own CA, and a proxy that everything must
//! pass. Neither may be got round, and neither may learn or repeat a secret.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use testkit::runner::StepResult;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{HOURLY, World, binary, output, said};

/// Listens on a free port of 127.0.0.1 for as long as the test's process lives, one task a connection.
fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let (say, hear) = sync_channel(1);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            say.send(listener.local_addr().unwrap().port()).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket));
            }
        });
    });
    hear.recv().unwrap()
}

/// A CA of one's own, and what it has signed.
struct Authority {
    pem: String,
    tls: tokio_rustls::TlsAcceptor,
}

impl Authority {
    /// A CA with one certificate for all of `names`.
    fn of(names: &[&str]) -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::default();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self { pem, tls: tokio_rustls::TlsAcceptor::from(Arc::new(config)) }
    }

    /// Puts TLS in front of a server on 127.0.0.1; returns the port.
    fn before(&self, url: &str) -> u16 {
        let (tls, behind) = (self.tls.clone(), address(url));
        listen(move |socket| {
            let (tls, behind) = (tls.clone(), behind.clone());
            async move {
                let Ok(mut front) = tls.accept(socket).await else { return };
                let mut back = TcpStream::connect(behind).await.unwrap();
                // Either side may break off.
                let _ = copy_bidirectional(&mut front, &mut back).await;
            }
        })
    }

    /// Runs the action with this CA's certificate in the workspace, if it is to be trusted.
    fn run(
        &self,
        world: &World,
        trusted: bool,
        change: impl Fn(testkit::runner::Runner) -> testkit::runner::Runner,
    ) -> StepResult {
        let mut runner = change(world.runner());
        if trusted {
            std::fs::write(runner.workspace().join("ca.pem"), &self.pem).unwrap();
            runner = runner.input("ca-certificate", "ca.pem");
        }
        let result = runner.run(binary());
        world.check(&result);
        result
    }
}

fn address(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

#[test]
fn a_ca_of_one_s_own_is_trusted_when_named_and_only_then() {
    let authority = Authority::of(&["127.0.0.1"]);
    let world = World::new();
    let api = format!("https://127.0.0.1:{}", authority.before(&world.cognigy.base_url()));
    let git = format!("https://127.0.0.1:{}", authority.before(&world.upstream.server_url()));

    for (what, refused) in [
        ("the API", authority.run(&world, false, |runner| runner.input("cognigy-base-url", &api))),
        ("the store", authority.run(&world, false, |runner| runner.server_url(&git))),
    ] {
        assert_eq!(output(&refused, "outcome"), "failed", "{what}: {}", said(&refused));
        for word in ["secure connection", "127.0.0.1", "CA"] {
            assert!(refused.summary.contains(word), "{what}, `{word}`: {}", said(&refused));
        }
    }
    assert!(world.upstream.branches().is_empty());
    assert_eq!(world.cognigy.request_count(), 0, "the key was not sent");

    let trusted =
        authority.run(&world, true, |runner| runner.input("cognigy-base-url", &api).server_url(&git));
    assert_eq!(output(&trusted, "outcome"), "success", "{}", said(&trusted));
    world.upstream.fsck();
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let world = World::new();
    for content in [None, Some("no certificate")] {
        let runner = world.runner().input("ca-certificate", "ca.pem");
        if let Some(text) = content {
            std::fs::write(runner.workspace().join("ca.pem"), text).unwrap();
        }
        let result = runner.run(binary());
        world.check(&result);
        assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
        assert!(result.summary.contains("ca.pem"), "{}", said(&result));
    }
    assert_eq!(world.cognigy.request_count(), 0);
}

/// A proxy that wants a name and a password, and knows where each host really is.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

const PASSWORD: &str = "proxy-pass-planted-91c4";

impl Proxy {
    fn start(hosts: Vec<(&'static str, u16)>) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let port = listen(move |mut socket| {
            let (log, hosts) = (Arc::clone(&log), hosts.clone());
            async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = socket.read_u8().await else { return };
                    head.push(byte);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let basic = base64::prelude::BASE64_STANDARD.encode(format!("user:{PASSWORD}"));
                let allowed = head
                    .to_lowercase()
                    .contains(&format!("proxy-authorization: basic {basic}").to_lowercase());
                let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let port =
                    hosts.iter().find(|(host, _)| target == format!("{host}:443")).map(|(_, port)| *port);
                log.lock().unwrap().push(head);
                let (Some(port), true) = (port, allowed) else {
                    let _ = socket.write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n").await;
                    return;
                };
                let mut back = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                // Either side may break off.
                let _ = copy_bidirectional(&mut socket, &mut back).await;
            }
        });
        Self { port, asked }
    }

    fn address(&self, password: &str) -> String {
        format!("http://user:{password}@127.0.0.1:{}", self.port)
    }

    fn targets(&self) -> Vec<String> {
        let heads = self.asked.lock().unwrap();
        heads.iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn both_servers_are_reached_by_the_proxy() {
    let (api, git) = ("api.bots.test", "git.corp.test");
    let authority = Authority::of(&[api, git]);
    let world = World::new();
    let proxy = Proxy::start(vec![
        (api, authority.before(&world.cognigy.base_url())),
        (git, authority.before(&world.upstream.server_url())),
    ]);
    let run = |password: &str| {
        authority.run(&world, true, |runner| {
            runner
                .env("HTTPS_PROXY", &proxy.address(password))
                .input("cognigy-base-url", &format!("https://{api}"))
                .server_url(&format!("https://{git}"))
        })
    };
    let result = run(PASSWORD);
    assert_eq!(output(&result, "outcome"), "success", "{}", said(&result));
    for host in [api, git] {
        assert!(proxy.targets().contains(&format!("{host}:443")), "{:?}", proxy.targets());
    }
    // What the proxy sees is whom we want to reach, and nothing of what we tell them.
    assert!(!proxy.asked.lock().unwrap().iter().any(|head| head.contains(world.cognigy.api_key())));
    assert!(result.masks.contains(&PASSWORD.to_owned()), "the password is masked: {:?}", result.masks);
    assert_eq!(result.leaks(&[PASSWORD]), Vec::<String>::new());
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 1);

    let wrong = run("proxy-pass-planted-wrong");
    assert_eq!(output(&wrong, "outcome"), "failed", "{}", said(&wrong));
    assert!(wrong.stdout.contains("check HTTPS_PROXY"), "{}", said(&wrong));
    assert_eq!(wrong.leaks(&["proxy-pass-planted-wrong"]), Vec::<String>::new());
}

#[test]
fn the_address_of_a_user_interface_is_recognised() {
    // By its name, before anything is asked.
    let world = World::new().input("cognigy-base-url", "https://app.cognigy.ai/project/1/flow");
    let named = world.run();
    assert_eq!(named.exit_code, Some(3), "{}", said(&named));
    assert!(said(&named).contains("https://api-app.cognigy.ai"), "{}", said(&named));
    // By its answers: a page with status 200 for every address.
    let world = World::new();
    world.cognigy.fault(testkit::cognigy::Fault::on("*", "/**").forever().html());
    let answered = world.run();
    assert_eq!(output(&answered, "outcome"), "failed", "{}", said(&answered));
    for word in ["web page", "user interface"] {
        assert!(answered.summary.contains(word), "`{word}`: {}", said(&answered));
    }
    assert_eq!(world.cognigy.request_count(), 1, "asked once");
}
