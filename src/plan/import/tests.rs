//! The plan of an import: what it does from every state, and that every part of it leads to the same end.

use rstest::rstest;

use super::*;

const OURS: &str = "5f3a5f3a5f3a5f3a5f3a5f3a";

fn id(day: u32) -> SnapshotId {
    format!("202510{day:02}T180000Z-{day:08x}").parse().unwrap()
}

fn ours(days: &[u32]) -> Held {
    if days.is_empty() {
        return Held::Nothing;
    }
    Held::Ours(days.iter().map(|day| (id(*day), OURS.parse().unwrap())).collect())
}

fn old(name: &str, commits: &[Result<u32, Unusable>]) -> OldBranch {
    let commit =
        |made: &Result<u32, Unusable>| OldCommit { commit: format!("{made:?}"), makes: made.clone().map(id) };
    OldBranch {
        name: format!("refs/heads/snapshot/{name}"),
        tip: "tip".to_owned(),
        commits: commits.iter().map(commit).collect(),
    }
}

fn tier(name: &str, there: Held, copied: Held, periods: Vec<OldBranch>) -> TierFacts {
    TierFacts { tier: name.parse().unwrap(), on_branch: true, there, copied, periods }
}

fn planned(tiers: &[TierFacts], more: &[&str]) -> Result<Plan, Refusal> {
    let periods = tiers.iter().flat_map(|tier| &tier.periods).map(|old| old.name.as_str());
    plan(&Facts {
        project: &OURS.parse().unwrap(),
        prefix: &Prefix::default(),
        agent_dir: &"agent".parse().unwrap(),
        refs: periods.chain(more.iter().copied()).collect(),
        tiers: tiers.to_vec(),
        named: &BTreeSet::new(),
    })
}

fn days(count: u32) -> Vec<OldBranch> {
    (1..=count).map(|day| old(&format!("daily/202510{day:02}"), &[Ok(day)])).collect()
}

/// Does the next push of a plan, as a server would.
fn pushed(tier: &TierFacts, plan: &Plan) -> TierFacts {
    let Some(of) = plan.tiers.first() else { return tier.clone() };
    let hold = |ids: &Vec<SnapshotId>| {
        Held::Ours(ids.iter().map(|id| (id.clone(), OURS.parse().unwrap())).collect())
    };
    let mut tier = tier.clone();
    match plan.next() {
        Next::Copy => tier.copied = hold(of.copy.as_ref().unwrap()),
        Next::Clear => tier.periods.retain(|old| !of.clear.iter().any(|gone| gone.name == old.name)),
        Next::Put => tier.there = hold(of.put.as_ref().unwrap()),
        Next::Drop => tier.copied = Held::Nothing,
        Next::Nothing => {}
    }
    tier
}

#[test]
fn from_every_state_the_pushes_lead_to_one_end() {
    // The template's periods; the older plan's straight branch; what a backup made meanwhile.
    let begins = [
        tier("daily", Held::Nothing, Held::Nothing, days(3)),
        tier("daily", Held::Old(old("daily", &[Ok(1), Ok(2), Ok(3)])), Held::Nothing, Vec::new()),
        tier("daily", Held::Nothing, ours(&[1, 2, 3]), Vec::new()),
        tier("daily", Held::Nothing, ours(&[2]), days(3)),
        tier("daily", ours(&[2]), ours(&[1, 3]), Vec::new()),
    ];
    for begin in begins {
        let (mut here, mut order) = (begin, Vec::new());
        loop {
            let plan = planned(std::slice::from_ref(&here), &[]).unwrap();
            assert_eq!(plan.left, []);
            if plan.next() == Next::Nothing {
                break;
            }
            // Nothing goes that does not stand below `import`.
            let copied = ids(&here.copied);
            let goes = matches!(plan.next(), Next::Clear | Next::Put);
            assert!(!goes || plan.tiers[0].makes.keys().all(|id| copied.contains(id)));
            order.push(plan.next() as u8);
            here = pushed(&here, &plan);
        }
        assert!(order.is_sorted() && order.len() <= 4, "{order:?}");
        assert_eq!(
            (ids(&here.there), here.copied, here.periods),
            (ids(&ours(&[1, 2, 3])), Held::Nothing, vec![])
        );
    }
}

#[test]
fn one_content_at_one_time_is_one_snapshot() {
    let periods = vec![old("daily/20251001", &[Ok(1)]), old("daily/20251002", &[Ok(1), Ok(2)])];
    let plan = planned(&[tier("daily", Held::Nothing, Held::Nothing, periods)], &[]).unwrap();
    assert_eq!(plan.tiers[0].copy, Some(vec![id(1), id(2)]));
    assert_eq!(plan.tiers[0].makes[&id(1)].len(), 2);
}

#[rstest]
#[case::no_folder(Err(Unusable::NoFolder(vec!["docs".to_owned()])))]
#[case::a_name_nobody_can_keep(Err(Unusable::BadName("agent/a\\b".to_owned())))]
#[case::a_merge(Err(Unusable::Merge))]
fn what_is_left_makes_its_tier_wait(#[case] commit: Result<u32, Unusable>) {
    let mut periods = days(2);
    periods.push(old("daily/20251009", &[commit]));
    let others = tier("hourly", Held::Old(old("hourly", &[Ok(7)])), Held::Nothing, Vec::new());
    let plan = planned(&[others, tier("daily", Held::Nothing, Held::Nothing, periods)], &[]).unwrap();
    let [hourly, daily] = plan.tiers.as_slice() else { panic!("{plan:?}") };
    assert_eq!(hourly.put, Some(vec![id(7)]));
    assert_eq!((daily.copy.clone(), daily.put.clone(), daily.drop), (Some(vec![id(1), id(2)]), None, false));
    assert_eq!(daily.goes().count(), 0);
    assert_eq!(plan.left.len(), 3);
}

#[test]
fn a_branch_of_nobody_stands_in_the_way() {
    let tiers = [tier("daily", Held::Nothing, Held::Nothing, days(1))];
    let plan = planned(&tiers, &["refs/heads/snapshot/daily/mine", "refs/heads/main"]).unwrap();
    let left: Vec<_> = plan.left.iter().map(|left| (left.branch.as_str(), &left.why)).collect();
    assert_eq!(left[0], ("refs/heads/snapshot/daily/mine", &Why::Unknown));
    assert!(matches!(left[1].1, Why::Waits { .. }));
    // Where nothing is to be imported it is nobody's business.
    let nothing = [tier("daily", Held::Nothing, Held::Nothing, Vec::new())];
    assert_eq!(planned(&nothing, &["refs/heads/snapshot/daily/mine"]), Ok(Plan::default()));
}

#[test]
fn a_tier_that_is_kept_elsewhere_is_left() {
    let elsewhere = TierFacts { on_branch: false, ..tier("daily", Held::Nothing, Held::Nothing, days(1)) };
    let plan = planned(&[elsewhere], &[]).unwrap();
    assert!(plan.tiers.is_empty() && matches!(plan.left[0].why, Why::NotOnBranch { .. }));
}

#[test]
fn commits_of_main_below_a_branch_are_passed_over() {
    let main = Err(Unusable::NoFolder(Vec::new()));
    let there = Held::Old(old("hourly", &[main, Ok(1), Ok(2)]));
    let plan = planned(&[tier("hourly", there, Held::Nothing, Vec::new())], &[]).unwrap();
    assert_eq!(plan.tiers[0].put, Some(vec![id(1), id(2)]));
}

#[test]
fn a_branch_whose_content_was_in_another_folder_before_is_left() {
    let before = Err(Unusable::NoFolder(vec![".github".to_owned(), "bot".to_owned()]));
    let there = Held::Old(old("hourly", &[before, Ok(1), Ok(2)]));
    let plan = planned(&[tier("hourly", there, Held::Nothing, Vec::new())], &[]).unwrap();
    assert!(plan.tiers.iter().all(|tier| tier.put.is_none()));
    assert!(matches!(&plan.left[0].why, Why::NoFolder { folders } if folders.contains(&"bot".to_owned())));
    // Workflows alone are no content.
    let main = Err(Unusable::NoFolder(vec![".github".to_owned()]));
    let there = Held::Old(old("hourly", &[main, Ok(1)]));
    let plan = planned(&[tier("hourly", there, Held::Nothing, Vec::new())], &[]).unwrap();
    assert_eq!(plan.tiers[0].put, Some(vec![id(1)]));
}

#[test]
fn what_could_harm_is_refused() {
    let theirs = Held::Ours(vec![(id(1), "aaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap())]);
    let mixed = Held::Mixed { ours: "c1".to_owned(), theirs: "c2".to_owned() };
    let foreign = Held::Old(old("import/daily", &[Ok(1)]));
    let bare = vec![old("daily/20251001", &[Err(Unusable::NoFolder(vec!["bot".to_owned()]))])];
    let nothing = || Held::Nothing;
    let refusals = [
        planned(&[tier("daily", theirs, nothing(), Vec::new())], &[]),
        planned(&[tier("daily", mixed, nothing(), Vec::new())], &[]),
        planned(&[tier("daily", nothing(), foreign, Vec::new())], &[]),
        planned(&[tier("daily", nothing(), nothing(), days(1))], &["refs/heads/snapshot/import"]),
        planned(&[tier("daily", nothing(), nothing(), bare)], &[]),
    ];
    let said: Vec<String> = refusals.map(|refusal| refusal.unwrap_err().to_string()).into();
    insta::assert_snapshot!(said.join("\n"), @"
    snapshot/daily holds snapshots of project aaaaaaaaaaaaaaaaaaaaaaaa, this import is for project 5f3a5f3a5f3a5f3a5f3a5f3a
    snapshot/daily holds both snapshots of cognigy-backup (commit c1) and commits of somebody else (c2), and which of them is to stay cannot be told
    snapshot/import/daily is at commit tip, which is no snapshot of cognigy-backup: an import needs that name
    snapshot/import exists, and git cannot hold it together with snapshot/import/daily, which an import needs
    no commit of the template's branches has a folder `agent`; they have `bot`
    ");
}
