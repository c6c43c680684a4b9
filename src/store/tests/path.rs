//! A store in a directory.

use std::path::PathBuf;
use std::process::Command;

use super::*;

fn place() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("deep/cognigy-backup.git");
    (home, path)
}

async fn open_at(path: &Path, access: Access) -> Result<Store, Error> {
    try_open(&Location::Path(path.to_owned()), None, access, PATIENCE).await
}

fn git(path: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(path).args(arguments).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    said
}

fn fsck(path: &Path) {
    let said = git(path, &["fsck", "--strict", "--full", "--no-dangling", "--no-progress"]);
    assert!(said.lines().all(|line| line.starts_with("notice:")), "{said}");
}

#[tokio::test]
async fn a_store_is_made_on_first_use_and_not_before() {
    let (home, path) = place();
    let mut store = open_at(&path, Access::Write).await.unwrap();
    write(&store, &[("a", "1")], None);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "opening and capturing write nothing");
    let made = first(&mut store).await;
    fsck(&path);
    assert_eq!(git(&path, &["log", "--format=%H"]).trim(), made.to_string(), "HEAD is the first branch");
    let names: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["cognigy-backup.git"], "nothing else stays");
}

#[tokio::test]
async fn an_append_saves_what_is_new() {
    let (_home, path) = place();
    let made = first(&mut open_at(&path, Access::Write).await.unwrap()).await;
    let mut store = open_at(&path, Access::Write).await.unwrap();
    store.fetch(made).await.unwrap();
    let tree = store.commit(made).unwrap().tree;
    assert_eq!(store.files(tree).unwrap().len(), 2);
    let next = write(&store, &[("agent/a.json", "3\n"), ("agent/flows/x.json", "2\n")], Some(made));
    assert_eq!(store.new_objects(&[next]).unwrap().objects, 4);
    assert!(
        store
            .push(&[change(HOURLY, Some(made), Some(next)), change(DAILY, None, Some(next))])
            .await
            .unwrap()
            .all_moved()
    );
    fsck(&path);
    assert_eq!(
        git(&path, &["diff", "--name-only", "snapshot/hourly~1", "snapshot/hourly"]).trim(),
        "agent/a.json"
    );
    assert!(store.push(&[change(DAILY, Some(next), None)]).await.unwrap().all_moved());
    git(&path, &["gc", "--quiet", "--prune=now"]);
    let mut packed = open_at(&path, Access::Write).await.unwrap();
    assert_eq!(packed.refs().len(), 1);
    packed.fetch(next).await.unwrap();
    let third = write(&packed, &[("agent/a.json", "4\n")], Some(next));
    assert!(packed.push(&[change(HOURLY, Some(next), Some(third))]).await.unwrap().all_moved());
    let pushed = packed.push(&[change(HOURLY, Some(third), None)]).await.unwrap();
    assert!(pushed.all_moved(), "also where packed-refs has an old value: {pushed:?}");
    assert!(open_at(&path, Access::Read).await.unwrap().refs().is_empty());
    fsck(&path);
}

#[tokio::test]
async fn a_lost_race_moves_nothing() {
    let (_home, path) = place();
    let mut one = open_at(&path, Access::Write).await.unwrap();
    let mut two = open_at(&path, Access::Write).await.unwrap();
    let made = first(&mut one).await;
    // Two opened an absent store; now it is there, with a tip.
    let other = write(&two, &[("b", "1")], None);
    let pushed =
        two.push(&[change(HOURLY, None, Some(other)), change(DAILY, None, Some(other))]).await.unwrap();
    assert_eq!(pushed.refs[0].1, RefOutcome::Raced { found: Some(made) });
    assert_eq!(pushed.refs[1].1, RefOutcome::Held);
    assert_eq!(two.refs().len(), 1);
    two.fetch(made).await.unwrap();
    let retried = write(&two, &[("b", "1")], Some(made));
    assert!(two.push(&[change(HOURLY, Some(made), Some(retried))]).await.unwrap().all_moved());
    let late = write(&one, &[("c", "1")], Some(made));
    let pushed = one.push(&[change(HOURLY, Some(made), Some(late))]).await.unwrap();
    assert_eq!(pushed.refs[0].1, RefOutcome::Raced { found: Some(retried) });
    fsck(&path);
}

#[tokio::test]
async fn of_many_at_once_one_wins_each_round() {
    let (_home, path) = place();
    let made = first(&mut open_at(&path, Access::Write).await.unwrap()).await;
    let hands: Vec<_> = (0..4)
        .map(|n| {
            let path = path.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async move {
                    let mut store = open_at(&path, Access::Write).await.unwrap();
                    let mut races = 0;
                    loop {
                        let tip = store.refs()[HOURLY];
                        let next = write(&store, &[("n", &n.to_string())], Some(tip));
                        if store.push(&[change(HOURLY, Some(tip), Some(next))]).await.unwrap().all_moved() {
                            return races;
                        }
                        races += 1;
                    }
                })
            })
        })
        .collect();
    for hand in hands {
        hand.join().unwrap();
    }
    assert_eq!(git(&path, &["rev-list", "--count", "snapshot/hourly"]).trim(), "5");
    assert!(git(&path, &["log", "--format=%H", "snapshot/hourly"]).contains(&made.to_string()));
    fsck(&path);
}

#[tokio::test]
async fn killed_after_the_pack_the_next_run_finishes() {
    let (_home, path) = place();
    let made = first(&mut open_at(&path, Access::Write).await.unwrap()).await;
    let files = [("agent/a.json", "new\n")];
    {
        // The pack is stored, and the process dies: the expected value keeps the refs where they are.
        let store = open_at(&path, Access::Write).await.unwrap();
        let next = write(&store, &files, Some(made));
        let Side::Path(side) = &store.side else { panic!("a path store") };
        let scratch = store.scratch();
        let pack = scratch.outgoing([next]).unwrap().pack;
        side.lock().unwrap().store(&pack, scratch.directory()).unwrap();
    }
    fsck(&path);
    // It also held a lock, which by now is old.
    let lock = path.join(format!("{HOURLY}.lock"));
    let old = std::fs::File::create(&lock).unwrap();
    let hour = Duration::from_secs(3600);
    old.set_modified(old.metadata().unwrap().modified().unwrap() - hour).unwrap();
    let mut store = open_at(&path, Access::Write).await.unwrap();
    store.fetch(made).await.unwrap();
    let next = write(&store, &files, Some(made));
    assert!(store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap().all_moved());
    assert!(!lock.exists());
    fsck(&path);
}

#[tokio::test]
async fn a_lock_that_somebody_holds_is_named() {
    let (_home, path) = place();
    let mut store = open_at(&path, Access::Write).await.unwrap();
    let made = first(&mut store).await;
    let lock = path.join(format!("{HOURLY}.lock"));
    std::fs::write(&lock, "").unwrap();
    let next = write(&store, &[("a", "2")], Some(made));
    let error = store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap_err();
    assert!(error.to_string().contains("hourly.lock is held"), "{error}");
    std::fs::remove_file(&lock).unwrap();
    assert!(store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap().all_moved());
}

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let problem = async |path: PathBuf| open_at(&path, Access::Write).await.err().unwrap().problem;
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(problem(file.clone()).await, Problem::NotADirectory));
    assert!(matches!(problem(home.path().to_owned()).await, Problem::NotARepository));
    assert!(matches!(problem(file.join("below")).await, Problem::Disk { .. }));
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    open_at(&copy, Access::Write).await.unwrap();
    git(&copy, &["init", "--quiet"]);
    assert!(matches!(problem(copy.clone()).await, Problem::WorkingCopy));
    assert!(matches!(problem(PathBuf::from("/proc/nowhere/x.git")).await, Problem::Disk { .. }));
    let mut store = open_at(&home.path().join("s.git"), Access::Write).await.unwrap();
    let made = write(&store, &[("a", "1")], None);
    let error = store.push(&[change("refs/heads/..", None, Some(made))]).await.unwrap_err();
    assert!(matches!(error.problem, Problem::InvalidRef { .. }), "{error}");
}

#[tokio::test]
async fn a_tip_with_holes_is_not_whole() {
    let (_home, path) = place();
    let mut store = open_at(&path, Access::Write).await.unwrap();
    let made = first(&mut store).await;
    drop(store);
    let blob = git(&path, &["rev-parse", "snapshot/hourly:agent/a.json"]).trim().to_owned();
    let packs = path.join("objects/pack");
    let away = path.join("away");
    std::fs::rename(&packs, &away).unwrap();
    std::fs::create_dir(&packs).unwrap();
    let pack = std::fs::read_dir(&away)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().unwrap() == "pack")
        .unwrap();
    let unpack = Command::new("git")
        .arg("-C")
        .arg(&path)
        .args(["unpack-objects", "-q"])
        .stdin(std::fs::File::open(pack).unwrap())
        .status()
        .unwrap();
    assert!(unpack.success());
    std::fs::remove_file(path.join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let error = open_at(&path, Access::Read).await.unwrap().fetch(made).await.unwrap_err();
    assert!(
        matches!(error.problem, Problem::Incomplete { tip, missing } if tip == made && missing.to_string() == blob),
        "{error}"
    );
    assert!(error.hints()[0].contains("fsck"));
}

#[tokio::test]
async fn what_is_opened_for_reading_is_never_written() {
    let (home, path) = place();
    let mut store = open_at(&path, Access::Read).await.unwrap();
    let made = write(&store, &[("a", "1")], None);
    let error = store.push(&[change(HOURLY, None, Some(made))]).await.unwrap_err();
    assert!(matches!(error.problem, Problem::ReadOnly), "{error}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
