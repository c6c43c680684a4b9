//! Pushes that lean on what the server has.

use super::*;

/// A file of many lines, of which one is by the number of an edit.
fn long(edit: u32) -> String {
    let line =
        |n: u32| format!("\"{:08x}{:08x}\": {}\n", n.wrapping_mul(2_654_435_761), n * n, n == 900 + edit);
    (0..4000).map(line).collect()
}

#[tokio::test]
async fn what_changed_little_is_sent_as_what_changed() {
    let upstream = Upstream::start();
    let many: Vec<(String, String)> =
        (0..300).map(|n| (format!("agent/flows/{n:03}/x.json"), long(n))).collect();
    let files = |edit: u32| -> Vec<(&str, String)> {
        let all = many
            .iter()
            .enumerate()
            .map(|(n, (path, text))| (path.as_str(), if n == 7 { long(7 + edit) } else { text.clone() }));
        all.collect()
    };
    let made = |store: &Store, edit: u32, parent| {
        let files = files(edit);
        write(store, &files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>(), parent)
    };
    let mut store = open(&upstream).await;
    let mut before = made(&store, 0, None);
    assert!(store.push(&[change(HOURLY, None, Some(before))]).await.unwrap().all_moved());
    // From a tip that was fetched, and then from one that this run has sent.
    let mut store = open(&upstream).await;
    store.fetch(before).await.unwrap();
    for edit in 1..3 {
        let next = made(&store, edit, Some(before));
        let pushed = store.push(&[change(HOURLY, Some(before), Some(next))]).await.unwrap();
        assert!(pushed.all_moved());
        assert!(pushed.bytes_sent < 1_500, "{} bytes", pushed.bytes_sent);
        upstream.fsck();
        let read = upstream.read_file("snapshot/hourly", "agent/flows/007/x.json").unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), long(7 + edit));
        before = next;
    }
}

#[tokio::test]
async fn a_server_that_lost_what_a_thin_pack_leans_on_gets_it_whole() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    let (old, new) = (long(1), long(2));
    let made = write(&store, &[("agent/a.json", &old)], None);
    assert!(store.push(&[change(HOURLY, None, Some(made))]).await.unwrap().all_moved());
    let mut store = open(&upstream).await;
    store.fetch(made).await.unwrap();
    let lost = Store::blob_id(old.as_bytes()).to_string();
    std::fs::remove_file(upstream.path().join("objects").join(&lost[..2]).join(&lost[2..])).unwrap();
    let next = write(&store, &[("agent/a.json", &new)], Some(made));
    let pushed = store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap();
    assert!(pushed.all_moved(), "{pushed:?}");
    assert_eq!(upstream.read_file("snapshot/hourly", "agent/a.json").unwrap(), new.as_bytes());
    // A branch that was moved besides is a race, whatever the server made of the pack.
    let mut store = open(&upstream).await;
    store.fetch(next).await.unwrap();
    let third = write(&store, &[("agent/a.json", &long(3))], Some(next));
    upstream.move_behind_our_back("snapshot/hourly");
    let pushed = store.push(&[change(HOURLY, Some(next), Some(third))]).await.unwrap();
    assert!(matches!(pushed.refs[0].1, RefOutcome::Raced { .. }), "{pushed:?}");
}
