//! Our requests to GitHub and the stand-in's answers, both held to GitHub's own description of its API: Prism stands
//! between the two and names what the description does not allow. `tests/openapi/run` brings Prism and description.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognigy_backup::github::{AssetState, Error, GitHub, NewRelease, Visibility};
use cognigy_backup::http::{Options, Policy, Transport};
use testkit::github::{Fault, GITHUB_TOKEN, GitHub as StandIn, HEAD, Release};

/// A running Prism, and what it found so far, in its words; it ends with the test.
struct Prism {
    child: Child,
    violations: Arc<Mutex<Vec<String>>>,
}

impl Prism {
    /// Puts Prism before a server; returns it and its address.
    fn before(server: &str) -> Option<(Self, String)> {
        let (program, description) =
            (std::env::var_os("COGNIGY_BACKUP_PRISM")?, std::env::var_os("COGNIGY_BACKUP_OPENAPI")?);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        // Not with `--errors`: then it answers in the server's place, and the rest of the test tries nothing.
        let mut child = Command::new(program)
            .args(["proxy", "--host", "127.0.0.1", "--port", &port])
            .arg(description)
            .arg(server)
            .stdout(Stdio::piped())
            .spawn()
            .expect("Prism starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let violations = Arc::default();
        let prism = Self { child, violations: Arc::clone(&violations) };
        assert!(lines.any(|line| line.contains("is listening")), "Prism did not begin to listen");
        std::thread::spawn(move || {
            let mut call = String::new();
            for line in lines {
                if let Some((_, request)) = line.split_once("[HTTP SERVER] ") {
                    call = request.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                } else if let Some((_, violation)) = line.split_once("Violation: ") {
                    let violation = format!("{call}: {violation}");
                    let mut violations = violations.lock().unwrap();
                    if !violations.contains(&violation) {
                        violations.push(violation);
                    }
                }
            }
        });
        Some((prism, format!("http://127.0.0.1:{port}")))
    }

    /// Returns what it has found once it has found this. It writes a line for each request in turn.
    fn violations_until(&self, last: &str) -> Vec<String> {
        for _ in 0..500 {
            let violations = self.violations.lock().unwrap().clone();
            if violations.last().is_some_and(|violation| violation.contains(last)) {
                return violations;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("Prism is silent about {last}: {:#?}", self.violations.lock().unwrap());
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            say(&format!("Prism found: {:#?}", self.violations.lock().unwrap()));
        }
    }
}

/// Says something to whoever runs the stage.
fn say(text: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{text}").unwrap();
}

/// What GitHub said instead of an answer.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (u16, String) {
    match result {
        Err(Error::Status(status)) => (status.status, status.message),
        other => panic!("{other:?}"),
    }
}

/// Every call for releases, and what GitHub refuses of them. Not the bytes of a file: Prism follows links itself.
async fn releases(stand_in: &StandIn, github: &GitHub) {
    let (owner, repository) = ("octocat", "demo");
    let list = async || github.releases(owner, repository).await;
    assert_eq!(list().await.unwrap(), []);
    for n in 0..150 {
        let planted = Release { tag: format!("t{n}"), draft: n % 2 == 0, ..Release::default() };
        stand_in.plant_release(planted);
    }
    assert_eq!(list().await.unwrap().len(), 150);

    let draft = async |target: Option<&str>| {
        let (tag, target_commitish) = ("monthly-2025-10".to_owned(), target.map(str::to_owned));
        let release =
            NewRelease { tag, name: "October".to_owned(), body: "All".to_owned(), target_commitish };
        github.create_draft(owner, repository, &release).await
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive");
    std::fs::write(&path, "archive").unwrap();
    let upload =
        async |release| github.upload_asset(release, "a b.txt", "application/octet-stream", &path, 7).await;
    let publish = async |id| github.publish(owner, repository, id, "monthly-2025-10").await;

    let (first, second) = (draft(None).await.unwrap(), draft(Some("main")).await.unwrap());
    let asset = upload(&first).await.unwrap();
    assert_eq!((asset.name.as_str(), asset.state, asset.size), ("a.b.txt", AssetState::Uploaded, 7));
    assert_eq!(github.asset(owner, repository, asset.id).await.unwrap(), asset);
    assert!(matches!(upload(&first).await, Err(Error::AssetExists { .. })));
    stand_in.set_immutable_releases(true);
    let published = publish(first.id).await.unwrap();
    assert_eq!((published.immutable, published.assets.len()), (Some(true), 1));
    assert!(matches!(publish(second.id).await, Err(Error::TagTaken { .. })));
    assert!(matches!(upload(&published).await, Err(Error::Immutable { .. })));
    let delete_asset = async |id| github.delete_asset(owner, repository, id).await;
    assert!(matches!(delete_asset(asset.id).await, Err(Error::Immutable { .. })));
    github.delete_release(owner, repository, published.id).await.unwrap();
    github.delete_release(owner, repository, published.id).await.unwrap();
    assert!(matches!(publish(second.id).await, Err(Error::TagBurnt { .. })));
    let other = upload(&second).await.unwrap();
    delete_asset(other.id).await.unwrap();
    delete_asset(other.id).await.unwrap();
    assert_eq!(refusal(github.asset(owner, repository, other.id).await).0, 404);
    assert_eq!(refusal(publish(published.id).await).0, 404);
    assert_eq!(refusal(upload(&published).await).0, 404);

    stand_in.set_may_push(false);
    assert_eq!(refusal(draft(None).await).0, 403);
    assert_eq!(refusal(upload(&second).await).0, 403);
    assert_eq!(refusal(publish(second.id).await).0, 403);
    assert_eq!(refusal(github.delete_release(owner, repository, second.id).await).0, 403);
    stand_in.set_may_push(true);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Prism: tests/openapi/run"]
async fn github_s_description_allows_every_call_and_every_answer() {
    let stand_in = StandIn::start();
    let Some((prism, url)) = Prism::before(&stand_in.url()) else {
        say("not checked: tests/openapi/run brings Prism");
        return;
    };
    let config = br#"{"prefix": "own"}"#.to_vec();
    // Prism reads whatever is called `+json` as JSON, a raw file's bytes too; so this one is JSON, a long text.
    let large = format!("\"{}\"", "a".repeat(1 << 20)).into_bytes();
    for path in ["config.json", "configs/a b ä #1?.json"] {
        stand_in.put_file(path, config.clone());
    }
    stand_in.put_file("large.json", large.clone());
    stand_in.put_symlink("linked.json", "config.json");
    stand_in.put_symlink("configs/astray", "/etc");
    stand_in.put_submodule("vendor", "https://example.com/vendor.git");

    let transport = Transport::new(&Options::default()).unwrap();
    let github = GitHub::new(transport, url.parse().unwrap(), &GITHUB_TOKEN.into()).unwrap();
    let github = github.with_retry(Policy::once());
    let file = async |path| github.file("octocat", "demo", path, Some(HEAD)).await;
    let directory = async |path| github.directory("octocat", "demo", path, None).await;

    for visibility in [
        (testkit::github::Visibility::Public, Visibility::Public),
        (testkit::github::Visibility::Internal, Visibility::Internal),
        (testkit::github::Visibility::Private, Visibility::Private),
    ] {
        stand_in.set_visibility(visibility.0);
        assert_eq!(github.visibility("octocat", "demo").await.unwrap(), visibility.1);
    }
    for path in ["config.json", "configs/a b ä #1?.json", "linked.json"] {
        assert_eq!(file(path).await.unwrap().as_ref(), Some(&config), "{path}");
    }
    assert_eq!(file("large.json").await.unwrap(), Some(large));
    assert_eq!(file("none.json").await.unwrap(), None);
    assert_eq!(file("configs/none.json").await.unwrap(), None);
    assert_eq!(directory("").await.unwrap().len(), 5);
    assert_eq!(directory("configs").await.unwrap().len(), 2);
    for path in ["vendor", "configs/astray", "configs"] {
        assert!(matches!(file(path).await, Err(Error::OtherKind { .. })), "{path}");
    }
    assert_eq!(refusal(github.file("octocat", "hidden", "config.json", None).await).0, 404);
    assert_eq!(refusal(github.visibility("octocat", "hidden").await).0, 404);
    let (status, said) = refusal(github.file("octocat", "demo", "config.json", Some("gone")).await);
    assert_eq!((status, said.as_str()), (404, "No commit found for the ref gone"));
    for (fault, says) in [
        (Fault::Status(403, "Resource not accessible by integration".to_owned()), "Resource not"),
        (Fault::RateLimit { reset: 4_102_444_800 }, "API rate limit exceeded"),
        (Fault::SecondaryRateLimit { retry_after: 60 }, "secondary rate limit"),
    ] {
        for route in ["GET /repos/{owner}/{repo}", "GET /repos/{owner}/{repo}/contents/{+path}"] {
            stand_in.fault(route, fault.clone(), 1);
        }
        let said = [refusal(file("config.json").await), refusal(github.visibility("octocat", "demo").await)];
        assert!(said.iter().all(|(status, said)| *status == 403 && said.contains(says)), "{said:?}");
    }
    stand_in.set_public_url(&url);
    releases(&stand_in, &github).await;
    assert_eq!(stand_in.unexpected(), Vec::<String>::new());
    let calls = stand_in.log_requests().len();

    // Errors that were planted in the description: only beside them its silence about the calls counts.
    for name in ["answer", "request"] {
        assert_eq!(refusal(github.visibility("planted", name).await).0, 404);
    }
    let planted = [
        "get /repos/planted/answer: response.body Response body must have required property 'planted_field'",
        "get /repos/planted/request: request.query Request query must have required property 'planted_parameter'",
    ];
    assert_eq!(prism.violations_until("planted_parameter"), planted);
    say(&format!("checked: {calls} calls and their answers"));
}
