//! A server that says no: in GitHub's words, in git's, by status.

use testkit::upstream::Protection;

use super::*;

async fn refusal(upstream: &Upstream, store: &mut Store, changes: &[RefChange]) -> Refusal {
    let before = upstream.branches();
    let pushed = store.push(changes).await.unwrap();
    assert_eq!(upstream.branches(), before, "nothing moved");
    assert!(!leaks(upstream, &format!("{pushed:?}")));
    upstream.fsck();
    pushed.refused().unwrap_or_else(|| panic!("{pushed:?}")).1.clone()
}

#[tokio::test]
async fn a_protected_branch() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let made = first(&mut store).await;
    upstream.github_protected_branch("refs/heads/snapshot/*", Protection::NoForcePush);
    let next = write(&store, &[("a", "2")], Some(made));
    assert!(
        store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap().all_moved(),
        "appending is allowed"
    );
    let rewritten = write(&store, &[("a", "3")], None);
    let said = refusal(
        &upstream,
        &mut store,
        &[change(HOURLY, Some(next), Some(rewritten)), change(DAILY, None, Some(next))],
    )
    .await;
    assert_eq!(said.kind, RefusalKind::ProtectedBranch);
    assert!(said.details.iter().any(|line| line.contains("Cannot force-push")), "{said:?}");
    assert!(said.hints()[0].contains("branch protection"));
}

#[tokio::test]
async fn a_ruleset() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.github_ruleset("refs/heads/snapshot/*", Protection::PullRequestsOnly);
    let made = write(&store, &[("a", "1")], None);
    let said = refusal(&upstream, &mut store, &[change(HOURLY, None, Some(made))]).await;
    assert_eq!(said.kind, RefusalKind::Ruleset);
    assert_eq!(said.details, ["Changes must be made through a pull request."]);
    assert!(said.hints()[0].contains("Rulesets"));
}

#[tokio::test]
async fn push_protection_names_the_place() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.github_push_protection("ghp_aRealLookingToken");
    let made = write(&store, &[("agent/flows/x.json", "{\n\"key\": \"ghp_aRealLookingToken\"\n}\n")], None);
    let said = refusal(&upstream, &mut store, &[change(HOURLY, None, Some(made))]).await;
    assert_eq!(said.kind, RefusalKind::Secret);
    assert!(said.details.contains(&"agent/flows/x.json:2".to_owned()), "{said:?}");
    assert!(said.details.contains(&"GitHub Personal Access Token".to_owned()), "{said:?}");
    assert!(said.details.iter().any(|line| line.contains("unblock-secret")), "{said:?}");
}

#[tokio::test]
async fn a_large_file() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.github_large_files(1000);
    let made = write(&store, &[("agent/big.json", &"x".repeat(2000))], None);
    let said = refusal(&upstream, &mut store, &[change(HOURLY, None, Some(made))]).await;
    assert_eq!(said.kind, RefusalKind::LargeFile);
    assert!(said.details[0].contains("agent/big.json"), "{said:?}");
}

#[tokio::test]
async fn a_hook_and_what_it_says() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.refuse_ref("refs/heads/snapshot/daily", "no backups on Fridays");
    let made = write(&store, &[("a", "1")], None);
    let changes = [change(HOURLY, None, Some(made)), change(DAILY, None, Some(made))];
    let pushed = store.push(&changes).await.unwrap();
    assert_eq!(pushed.refs[0].1, RefOutcome::Held);
    let (name, said) = pushed.refused().unwrap();
    assert_eq!((name, said.kind), (DAILY, RefusalKind::Hook));
    assert!(said.details.contains(&"no backups on Fridays".to_owned()), "{said:?}");
    assert!(pushed.messages.contains(&"no backups on Fridays".to_owned()));
    assert!(upstream.branches().is_empty());
}

#[tokio::test]
async fn no_rewriting_and_no_deleting() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let made = first(&mut store).await;
    upstream.config("receive.denyNonFastForwards", "true");
    upstream.config("receive.denyDeletes", "true");
    let rewritten = write(&store, &[("a", "3")], None);
    let said = refusal(&upstream, &mut store, &[change(HOURLY, Some(made), Some(rewritten))]).await;
    assert_eq!(said.kind, RefusalKind::Rewrite);
    let said = refusal(&upstream, &mut store, &[change(HOURLY, Some(made), None)]).await;
    assert_eq!(said.kind, RefusalKind::Deletion);
}

#[tokio::test]
async fn the_token_is_checked_before_anything_else() {
    let upstream = Upstream::start();
    let place = location(&upstream.url());
    let error = |token: Option<&'static str>| {
        let place = place.clone();
        async move { try_open(&place, token, Access::Write, PATIENCE).await.err().unwrap() }
    };
    let refused = error(Some("ghs_wrong")).await;
    assert!(matches!(refused.problem, Problem::TokenRefused), "{refused}");
    assert!(!format!("{refused:?} {refused}").contains("ghs_wrong"));
    let missing = error(None).await;
    assert!(matches!(missing.problem, Problem::TokenMissing), "{missing}");
    assert!(missing.hints()[0].contains("token"));

    upstream.read_only();
    let forbidden = try_open(&place, Some(upstream.token()), Access::Write, PATIENCE).await.err().unwrap();
    assert!(matches!(forbidden.problem, Problem::Forbidden { writing: true, .. }), "{forbidden}");
    assert!(forbidden.to_string().contains("Permission to octocat/demo.git denied"), "{forbidden}");
    assert!(forbidden.hints()[0].contains("contents: write"));
    assert!(!leaks(&upstream, &format!("{forbidden:?} {forbidden}")));
    try_open(&place, Some(upstream.token()), Access::Read, PATIENCE).await.unwrap();

    upstream.clear_faults();
    upstream.gone();
    let gone = try_open(&place, Some(upstream.token()), Access::Read, PATIENCE).await.err().unwrap();
    assert!(matches!(gone.problem, Problem::NotFound), "{gone}");
    assert_eq!(gone.to_string(), format!("store {}: not found (404)", upstream.url()));
}

#[tokio::test]
async fn a_token_is_not_sent_in_the_clear() {
    let error = try_open(&location("http://git.example/x.git"), Some("t"), Access::Read, PATIENCE)
        .await
        .err()
        .unwrap();
    assert!(matches!(error.problem, Problem::Insecure), "{error}");
}
