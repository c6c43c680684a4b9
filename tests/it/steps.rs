//! Killed and interrupted at every step that can be held from outside: each request of a run is left without an answer,
//! and the run ended there. `interruptions.rs` tries the moments in between, by time.

use rstest::rstest;
use testkit::cognigy::Fault as CognigyFault;
use testkit::runner::Running;
use testkit::upstream::{Fault, Service};

use crate::world::{HOURLY, World, output, said};

/// Where a run is held.
enum Step {
    /// At a request to Cognigy, by method and path.
    Read(&'static str, &'static str),
    /// At a request to the store, before git sees it.
    Ask(Service),
    /// In the middle of what git answers to it.
    Hear(Service),
}

impl Step {
    fn hold(&self, world: &World) {
        match self {
            Self::Read(method, path) => world.cognigy.fault(CognigyFault::on(method, path).hang()),
            Self::Ask(service) => world.upstream.fault(*service, Fault::Hang, 1),
            Self::Hear(service) => world.upstream.fault(*service, Fault::Stall, 1),
        }
    }

    fn is_reached(&self, world: &World, requests_before: usize) -> bool {
        let service = match self {
            Self::Read(..) => return world.cognigy.pending_faults() == 0,
            Self::Ask(service) | Self::Hear(service) => *service,
        };
        let answers = matches!(self, Self::Hear(_));
        let requests = world.upstream.log_requests();
        requests[requests_before..].iter().any(|request| {
            let (path, query) = match service {
                Service::FetchAdvertisement => ("/info/refs", "service=git-upload-pack"),
                Service::PushAdvertisement => ("/info/refs", "service=git-receive-pack"),
                Service::Fetch => ("/git-upload-pack", ""),
                Service::Push => ("/git-receive-pack", ""),
                Service::Any => unreachable!("a step is one request"),
            };
            request.path.ends_with(path) && request.query == query && (!answers || request.status == 200)
        })
    }

    /// Whether the snapshot is saved when the run is held here: git moves the branch before it says so.
    fn is_saved(&self) -> bool {
        matches!(self, Self::Hear(Service::Push))
    }
}

/// Runs up to the step, ends the run there in some way, and checks that the store is whole and the next run finishes.
fn end_at(step: &Step, end: impl FnOnce(&World, Running)) {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    let requests = world.upstream.log_requests().len();
    step.hold(&world);
    let mut running = world.spawn();
    assert!(running.wait_until(|_| step.is_reached(&world, requests)), "{}", said(&running.wait()));
    end(&world, running);
    world.cognigy.clear_faults();
    world.upstream.clear_faults();
    world.upstream.fsck();
    let saved = usize::from(step.is_saved());
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 1 + saved);
    world.expect(if step.is_saved() { "unchanged" } else { "success" });
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 2);
    assert_eq!(world.json(HOURLY, "project/config.json")["name"], "Second");
}

#[rstest]
#[case::right_to_push(Step::Ask(Service::PushAdvertisement))]
#[case::fetch_of_the_tip(Step::Ask(Service::Fetch))]
#[case::half_of_the_tip(Step::Hear(Service::Fetch))]
#[case::project(Step::Read("GET", "/projects/*"))]
#[case::list(Step::Read("GET", "/flows"))]
#[case::chart(Step::Read("GET", "/flows/*/chart"))]
#[case::flow(Step::Read("GET", "/flows/*"))]
#[case::node_list(Step::Read("GET", "/flows/*/chart/nodes"))]
#[case::node(Step::Read("GET", "/flows/*/chart/nodes/*"))]
#[case::intents(Step::Read("POST", "/flows/*/intents/export"))]
#[case::lexicon(Step::Read("GET", "/lexicons/*/entries"))]
#[case::endpoint(Step::Read("GET", "/endpoints/*"))]
#[case::push(Step::Ask(Service::Push))]
#[case::answer_to_the_push(Step::Hear(Service::Push))]
fn ended_at_a_step_the_next_run_finishes(#[case] step: Step) {
    end_at(&step, |_, mut running| {
        running.kill();
        assert_eq!(running.wait().signal, Some(9));
    });
    for signal in ["INT", "TERM"] {
        end_at(&step, |world, running| {
            running.signal(signal);
            let result = running.wait();
            world.check(&result);
            assert_eq!(
                (output(&result, "outcome"), result.exit_code),
                ("failed", Some(1)),
                "{}",
                said(&result)
            );
            assert!(result.summary.contains(&format!("SIG{signal}")), "{}", said(&result));
        });
    }
}

#[test]
fn what_was_saved_stays_said_when_the_run_is_ended_at_the_tiers() {
    let world = World::new();
    world.expect("success");
    let world = world.input("mode", "auto");
    let step = Step::Ask(Service::Push);
    let requests = world.upstream.log_requests().len();
    step.hold(&world);
    let mut running = world.spawn();
    assert!(running.wait_until(|_| step.is_reached(&world, requests)), "{}", said(&running.wait()));
    running.signal("TERM");
    let result = running.wait();
    world.check(&result);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("partial", Some(2)), "{}", said(&result));
    assert!(result.summary.contains("SIGTERM"), "{}", said(&result));
    world.upstream.clear_faults();
    world.expect("success");
    assert_eq!(world.upstream.rev_list("snapshot/daily").len(), 1);
}
