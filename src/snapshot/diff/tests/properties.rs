//! What holds for any two contents.

use fastrand::Rng;
use proptest::prelude::*;
use serde_json::Value;

use super::Project;
use super::apply::{apply, content};
use crate::snapshot::diff::{Cause, Diff, Differences, Side, What};

fn edited(seed: u64) -> (Project, Project) {
    let (mut rng, base) = (Rng::with_seed(seed), Project::new(&["English", "German"]));
    let a = if rng.bool() { base.edited(&mut rng) } else { base };
    let b = a.edited(&mut rng);
    (a, b)
}

proptest! {
    #[test]
    fn a_diff_done_to_the_older_gives_the_newer(seed: u64) {
        let (a, b) = edited(seed);
        let diff = a.diff(&b);
        let mut done = content(&a);
        apply(&diff, &mut done);
        prop_assert!(done == content(&b), "{}", serde_json::to_string(&diff).unwrap());
    }

    #[test]
    fn nothing_differs_from_itself_and_nothing_is_read_for_that(seed: u64) {
        let (_, b) = edited(seed);
        let Ok::<Diff, String>(diff) = Diff::between(&b.side(), &b.side(), |_| Err("read".to_owned())) else {
            panic!("it was read");
        };
        prop_assert!(diff.is_empty());
    }

    #[test]
    fn the_order_of_resources_and_keys_does_not_matter(seed: u64) {
        let (a, b) = edited(seed);
        let mut other = b.clone();
        Rng::with_seed(seed).shuffle(&mut other.resources);
        prop_assert_eq!(a.diff(&b), a.diff(&other));
        for bytes in other.files.values_mut() {
            if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
                value.sort_all_objects();
                *bytes = value.to_string().into_bytes();
            }
        }
        prop_assert!(b.diff(&other).is_empty());
    }

    #[test]
    fn a_diff_is_read_back_as_written(seed: u64) {
        let (a, b) = edited(seed);
        let diff = a.diff(&b);
        let text = serde_json::to_string(&diff).unwrap();
        prop_assert_eq!(serde_json::from_str::<Diff>(&text).unwrap(), diff);
    }
}

fn causes(differences: &Differences, see: &mut impl FnMut(Cause)) {
    differences.changes.iter().for_each(|change| see(change.cause));
    differences.items.iter().for_each(|item| causes(&item.differences, see));
}

#[test]
fn a_restore_with_new_ids_changes_ids_and_nothing_else() {
    let a = Project::new(&["English", "German"]);
    let diff = a.diff(&a.restored());
    assert_eq!(diff.resources.len(), a.resources.len());
    for resource in &diff.resources {
        assert_eq!((resource.what, &resource.was), (What::Changed, &None));
        for item in &resource.differences.items {
            assert!(item.what == What::Changed && !item.moved, "{item:?}");
        }
        causes(&resource.differences, &mut |cause| assert_eq!(cause, Cause::Ids, "{resource:?}"));
    }
}

#[test]
fn files_of_no_resource_are_seen_too() {
    let mut a = Project::new(&["English"]);
    let mut b = a.clone();
    a.files.insert("stray.txt".parse().unwrap(), b"old".to_vec());
    b.files.insert("stray.txt".parse().unwrap(), b"new".to_vec());
    let diff = a.diff(&b);
    assert_eq!(diff.elsewhere.changes[0].files, ["stray.txt"]);
    assert!(diff.resources.is_empty() && !diff.is_empty());
    let nothing: Side<'_, ()> = Side { resources: &[], files: Default::default() };
    assert!(Diff::between(&nothing, &nothing, |()| Ok::<_, ()>(Vec::new())).unwrap().is_empty());
}
