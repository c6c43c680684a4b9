//! Saving and reading over HTTP where nothing is wrong but somebody else's speed.

use super::*;

#[tokio::test]
async fn a_first_snapshot_makes_the_branch_and_stock_git_reads_it() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    assert!(store.refs().is_empty() && store.is_atomic());
    let made = first(&mut store).await;
    upstream.fsck();
    assert_eq!(tip(&upstream, "snapshot/hourly"), Some(made));
    assert_eq!(store.refs()[HOURLY], made, "known without asking again");
    assert_eq!(upstream.read_file("snapshot/hourly", "agent/flows/x.json").unwrap(), b"2\n");
    assert_eq!(upstream.list_files("snapshot/hourly"), ["agent/a.json", "agent/flows/x.json"]);

    let second = write(&store, &[("agent/a.json", "changed\n"), ("agent/flows/x.json", "2\n")], Some(made));
    assert!(store.push(&[change(HOURLY, Some(made), Some(second))]).await.unwrap().all_moved());
    upstream.fsck();
    let clone = upstream.stock_clone().unwrap();
    let git = |arguments: &[&str]| upstream.stock_git(clone.path(), arguments).unwrap();
    assert_eq!(git(&["rev-list", "--count", "origin/snapshot/hourly"]).trim(), "2");
    let diff = git(&["diff", "--name-only", "origin/snapshot/hourly~1", "origin/snapshot/hourly"]);
    assert_eq!(diff.trim(), "agent/a.json");
    assert_eq!(
        git(&["log", "-1", "--format=%an %cn %at %ct %s", "origin/snapshot/hourly"]).trim(),
        format!("cognigy-backup cognigy-backup {TAKEN} {TAKEN} A snapshot")
    );
}

#[tokio::test]
async fn an_append_sends_what_the_server_lacks_and_nothing_else() {
    let upstream = Upstream::start();
    let made = first(&mut open(&upstream).await).await;

    let mut store = open(&upstream).await;
    assert_eq!(store.refs()[HOURLY], made);
    store.fetch(made).await.unwrap();
    let facts = store.commit(made).unwrap();
    assert_eq!((facts.message.as_str(), facts.time.timestamp()), ("A snapshot\n", TAKEN));
    let path = "agent/flows/x.json".parse().unwrap();
    let blob = store.entry(facts.tree, &path).unwrap().unwrap();
    assert_eq!(store.blob(blob).unwrap(), b"2\n");
    assert_eq!(store.entry(facts.tree, &"agent/none".parse().unwrap()).unwrap(), None);
    assert_eq!(store.files(facts.tree).unwrap().len(), 2);

    let next = write(&store, &[("agent/a.json", "3\n"), ("agent/flows/x.json", "2\n")], Some(made));
    let new = store.new_objects(&[next]).unwrap();
    assert_eq!(new.objects, 4, "a commit, two trees, one file");
    let pushed = store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap();
    assert!(pushed.all_moved());
    assert!(pushed.bytes_sent <= new.packed, "{} > {}", pushed.bytes_sent, new.packed);
    upstream.fsck();

    // The same tree again is a commit and nothing more; the same commit is nothing at all.
    let copy = write(&store, &[("agent/a.json", "3\n"), ("agent/flows/x.json", "2\n")], None);
    assert_eq!(store.new_objects(&[copy]).unwrap().objects, 1);
    assert_eq!(store.new_objects(&[next]).unwrap().objects, 0);
    assert!(store.push(&[change(DAILY, None, Some(copy))]).await.unwrap().all_moved());
    let third = change("refs/heads/snapshot/weekly", None, Some(copy));
    assert!(store.push(&[third]).await.unwrap().all_moved(), "an empty pack is a pack");
    upstream.fsck();
}

#[tokio::test]
async fn an_unchanged_capture_leaves_nothing_to_send() {
    let upstream = Upstream::start();
    let made = first(&mut open(&upstream).await).await;
    let mut store = open(&upstream).await;
    store.fetch(made).await.unwrap();
    let again = write(&store, &[("agent/a.json", "1\n"), ("agent/flows/x.json", "2\n")], None);
    assert_eq!(again, made, "equal input is an equal commit");
    assert_eq!(store.new_objects(&[again]).unwrap().objects, 0);
    assert!(
        upstream
            .log_requests()
            .iter()
            .filter(|r| r.path.ends_with("git-receive-pack") && r.method == "POST")
            .count()
            == 1
    );
}

#[tokio::test]
async fn a_lost_race_moves_nothing_and_says_what_is_there() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let made = first(&mut store).await;
    upstream.on_next_push(|repository| {
        repository.move_behind_our_back("snapshot/hourly");
    });
    let next = write(&store, &[("agent/a.json", "9\n")], Some(made));
    let pushed =
        store.push(&[change(HOURLY, Some(made), Some(next)), change(DAILY, None, Some(next))]).await.unwrap();
    let there = tip(&upstream, "snapshot/hourly");
    assert_ne!(there, Some(next));
    assert_eq!(pushed.refs[0].1, RefOutcome::Raced { found: there });
    assert_eq!(pushed.refs[1].1, RefOutcome::Held);
    assert!(pushed.raced() && !pushed.all_moved());
    assert_eq!(tip(&upstream, "snapshot/daily"), None, "all or nothing");
    assert_eq!(store.refs().get(HOURLY).copied(), there, "fresh for the next plan");

    // Read again, plan again, push again: the objects are still here to be sent.
    let found = there.unwrap();
    store.fetch(found).await.unwrap();
    let retried = write(&store, &[("agent/a.json", "9\n")], Some(found));
    let pushed = store
        .push(&[change(HOURLY, Some(found), Some(retried)), change(DAILY, None, Some(retried))])
        .await
        .unwrap();
    assert!(pushed.all_moved());
    upstream.fsck();
}

#[tokio::test]
async fn absent_is_a_value_too() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.on_next_push(|repository| {
        repository.move_behind_our_back("snapshot/hourly");
    });
    let made = write(&store, &[("a", "1")], None);
    let pushed = store.push(&[change(HOURLY, None, Some(made))]).await.unwrap();
    assert_eq!(pushed.refs[0].1, RefOutcome::Raced { found: tip(&upstream, "snapshot/hourly") });
}

#[tokio::test]
async fn somebody_with_the_same_commit_is_no_rival() {
    let upstream = Upstream::start();
    let mut one = open(&upstream).await;
    let mut two = open(&upstream).await;
    let made = first(&mut one).await;
    assert_eq!(first(&mut two).await, made);
    upstream.fsck();
}

#[tokio::test]
async fn refs_are_rewritten_and_deleted_with_the_value_they_had() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let made = first(&mut store).await;
    assert!(store.push(&[change(DAILY, None, Some(made))]).await.unwrap().all_moved());
    let rewritten = write(&store, &[("agent/other.json", "1\n")], None);
    let pushed = store
        .push(&[change(HOURLY, Some(made), Some(rewritten)), change(DAILY, Some(made), None)])
        .await
        .unwrap();
    assert!(pushed.all_moved(), "{pushed:?}");
    assert_eq!(tip(&upstream, "snapshot/hourly"), Some(rewritten));
    assert_eq!(tip(&upstream, "snapshot/daily"), None);
    let pushed = store.push(&[change(HOURLY, Some(rewritten), None)]).await.unwrap();
    assert!(pushed.all_moved(), "only deletions: {pushed:?}");
    assert!(store.refs().is_empty());
    upstream.fsck();
}

#[tokio::test]
async fn a_server_without_atomic_moves_what_it_can() {
    let upstream = Upstream::start();
    upstream.without_atomic();
    let mut store = open(&upstream).await;
    assert!(!store.is_atomic());
    let made = first(&mut store).await;
    upstream.on_next_push(|repository| {
        repository.move_behind_our_back("snapshot/hourly");
    });
    let next = write(&store, &[("agent/a.json", "9\n")], Some(made));
    let pushed =
        store.push(&[change(HOURLY, Some(made), Some(next)), change(DAILY, None, Some(next))]).await.unwrap();
    assert_eq!(pushed.refs[0].1, RefOutcome::Raced { found: tip(&upstream, "snapshot/hourly") });
    assert_eq!(pushed.refs[1].1, RefOutcome::Moved);
    assert_eq!(tip(&upstream, "snapshot/daily"), Some(next));
    upstream.fsck();
}

#[tokio::test]
async fn five_thousand_refs_and_tags_are_read() {
    let upstream = Upstream::start();
    upstream.create_refs(5000);
    upstream.git(&["tag", "-a", "-m", "why", "snapshot/pin/x", "many/seed"]);
    let mut store = open(&upstream).await;
    assert_eq!(store.refs().len(), 5002);
    let tag: Oid = upstream.git(&["rev-parse", "refs/tags/snapshot/pin/x"]).trim().parse().unwrap();
    assert_eq!(store.refs()["refs/tags/snapshot/pin/x"], tag, "the tag's own id, to compare with");
    let reader =
        try_open(&location(&upstream.url()), Some(upstream.token()), Access::Read, PATIENCE).await.unwrap();
    assert_eq!(reader.refs(), store.refs());
    first(&mut store).await;
}

#[tokio::test]
async fn a_large_snapshot_is_streamed() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let mut random = fastrand::Rng::with_seed(7);
    let texts: Vec<(String, String)> = (0..40)
        .map(|n| (format!("agent/{}/{n}.json", n % 5), (0..100_000).map(|_| random.alphanumeric()).collect()))
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let made = write(&store, &files, None);
    let pushed = store.push(&[change(HOURLY, None, Some(made))]).await.unwrap();
    assert!(pushed.all_moved() && pushed.bytes_sent > 2_000_000);
    upstream.fsck();
    let mut reader = open(&upstream).await;
    reader.fetch(made).await.unwrap();
    let tree = reader.commit(made).unwrap().tree;
    for (path, id) in reader.files(tree).unwrap() {
        let text = reader.blob(id).unwrap();
        assert!(texts.iter().any(|(p, t)| *p == path.to_string() && t.as_bytes() == text));
    }
}

#[tokio::test]
async fn a_file_that_github_refuses_is_found_before() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let large = "x".repeat(101 * 1024 * 1024);
    let made = write(&store, &[("agent/huge.json", &large), ("agent/small.json", "1")], None);
    let new = store.new_objects(&[made]).unwrap();
    assert_eq!(new.large, [("agent/huge.json".to_owned(), large.len() as u64)]);
    store.location = location("https://github.com/octocat/demo");
    let error = store.push(&[change(HOURLY, None, Some(made))]).await.unwrap_err();
    assert!(error.to_string().contains("agent/huge.json"), "{error}");
    assert!(!error.hints().is_empty());
    assert!(upstream.branches().is_empty());
}

#[tokio::test]
async fn a_history_comes_without_its_trees_and_is_rewritten_without_them() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let mut tips = vec![first(&mut store).await];
    for n in 0..5 {
        let (text, last) = (n.to_string(), tips[n]);
        let next = write(&store, &[("agent/a.json", &text)], Some(last));
        assert!(store.push(&[change(HOURLY, Some(last), Some(next))]).await.unwrap().all_moved());
        tips.push(next);
    }
    for access in [Access::Read, Access::Write] {
        let place = location(&upstream.url());
        let mut store = try_open(&place, Some(upstream.token()), access, PATIENCE).await.unwrap();
        store.fetch(tips[5]).await.unwrap();
        assert!(store.chain(tips[5]).is_err(), "depth 1 has no history");
        store.fetch_chains(&[tips[5], tips[5]]).await.unwrap();
        let chain = store.chain(tips[5]).unwrap();
        assert!(chain.iter().map(|(id, _)| id).eq(tips.iter().rev()));
        let (_, second) = &chain[4];
        assert!(store.files(second.tree).is_err(), "trees stay where they are");
        store.fetch(tips[1]).await.unwrap();
        assert_eq!(store.files(second.tree).unwrap().len(), 1);
        if access == Access::Read {
            continue;
        }
        // The chain loses its oldest three: three commits travel, and nothing of what they hold.
        let mut parent = None;
        for (_, facts) in chain[..3].iter().rev() {
            let (message, time) = (facts.message.as_str(), facts.time);
            parent = Some(store.write_commit(NewCommit { tree: facts.tree, parent, message, time }).unwrap());
        }
        assert_eq!(store.new_objects(&[parent.unwrap()]).unwrap().objects, 3);
        assert!(store.push(&[change(HOURLY, Some(tips[5]), parent)]).await.unwrap().all_moved());
        assert_eq!(upstream.rev_list("snapshot/hourly").len(), 3);
        assert_eq!(upstream.read_file("snapshot/hourly", "agent/a.json").unwrap(), b"4");
        upstream.fsck();
    }
}

/// Three snapshots in a chain that share most of what they hold.
async fn three(upstream: &Upstream) -> Vec<Oid> {
    let mut store = open(upstream).await;
    let shared = "x".repeat(10_000);
    let mut tips: Vec<Oid> = Vec::new();
    for n in 0..3 {
        let own = format!("{n}\n");
        let files = [("agent/own.json", own.as_str()), ("agent/shared.json", &shared)];
        let next = write(&store, &files, tips.last().copied());
        let pushed = store.push(&[change(HOURLY, tips.last().copied(), Some(next))]).await.unwrap();
        assert!(pushed.all_moved());
        tips.push(next);
    }
    tips
}

fn fetches(upstream: &Upstream) -> usize {
    let is_fetch = |path: &str, method: &str| path.ends_with("git-upload-pack") && method == "POST";
    upstream.log_requests().iter().filter(|r| is_fetch(&r.path, &r.method)).count()
}

#[tokio::test]
async fn several_commits_come_whole_in_one_request() {
    let upstream = Upstream::start();
    let tips = three(&upstream).await;
    let mut store = open(&upstream).await;
    let before = fetches(&upstream);
    assert!(store.fetch_all(&tips).await.unwrap().is_empty());
    assert_eq!(fetches(&upstream), before + 1);
    for (n, tip) in tips.iter().enumerate() {
        let files = store.files(store.commit(*tip).unwrap().tree).unwrap();
        assert_eq!(files.len(), 2);
        let own = store.blob(files[&"agent/own.json".parse::<TreePath>().unwrap()]).unwrap();
        assert_eq!(own, format!("{n}\n").into_bytes());
    }
    // What is here is not asked for again, by whichever way.
    assert!(store.fetch_all(&tips).await.unwrap().is_empty());
    store.fetch(tips[1]).await.unwrap();
    assert_eq!(fetches(&upstream), before + 1);
}

#[tokio::test]
async fn a_commit_that_the_server_cannot_give_costs_no_other() {
    let upstream = Upstream::start();
    let tips = three(&upstream).await;
    let lost = upstream.git(&["rev-parse", &format!("{}:agent/own.json", tips[1])]);
    // Pushed objects may lie in packs; loose, one can be taken away.
    let packs = upstream.path().join("objects/pack");
    let moved = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&packs).unwrap() {
        let file = file.unwrap();
        std::fs::rename(file.path(), moved.path().join(file.file_name())).unwrap();
    }
    for pack in std::fs::read_dir(moved.path()).unwrap() {
        let pack = pack.unwrap().path();
        if pack.extension().is_some_and(|ending| ending == "pack") {
            let file = std::fs::File::open(pack).unwrap();
            let mut git = std::process::Command::new("git");
            let git = git.args(["unpack-objects", "-q"]).current_dir(upstream.path()).stdin(file);
            assert!(git.status().unwrap().success());
        }
    }
    let lost = lost.trim();
    std::fs::remove_file(upstream.path().join("objects").join(&lost[..2]).join(&lost[2..])).unwrap();

    let mut store = open(&upstream).await;
    let failed = store.fetch_all(&tips).await.unwrap();
    assert!(failed.keys().eq([&tips[1]]), "{failed:?}");
    for tip in [tips[0], tips[2]] {
        assert_eq!(store.files(store.commit(tip).unwrap().tree).unwrap().len(), 2);
    }
}
