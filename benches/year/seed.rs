//! The project of the first half hour: the files of one real snapshot of a seeded project, as the program stores them.

use std::time::Duration;

use cognigy_backup::snapshot::{MANIFEST_NAME, Manifest};
use serde_json::json;
use testkit::cognigy::{Cognigy, Project, Setup, Size};

use crate::lab::{HOURLY, Lab, at};
use crate::states::Files;

/// With so many flows a snapshot is 5 MB.
const FLOWS: usize = 14;
const SERVER: &str = "https://api-trial.cognigy.ai";

/// A snapshot's files below `agentDir`, and its manifest.
pub(crate) struct Seed {
    pub(crate) files: Files,
    pub(crate) manifest: Manifest,
}

impl Seed {
    /// Takes the snapshot, with the program itself; the year that follows asks no server.
    pub(crate) fn take() -> Self {
        let project = Project::seeded(1, Size { flows: FLOWS, ..Size::benchmark() });
        let cognigy = Cognigy::start(Setup { project, ..Setup::default() });
        let lab = Lab::new(Duration::from_secs(300));
        let ran = lab.run("backup", &cognigy, at("2025-01-01T00:00:00Z"), &json!({}));
        assert!(ran.code == 0, "{}", ran.said);
        let (mut files, mut manifest) = (Files::new(), None);
        for (path, bytes) in lab.files(HOURLY) {
            match path.as_str().split_once('/') {
                Some((_, below)) => drop(files.insert(below.parse().expect("a path of ours"), bytes)),
                None if path.as_str() == MANIFEST_NAME => manifest = Manifest::parse(&bytes).ok(),
                None => panic!("{path} is no part of a snapshot"),
            }
        }
        let mut manifest = manifest.expect("a snapshot has a manifest");
        // The stand-in's port is another one each time.
        SERVER.clone_into(&mut manifest.source.base_url);
        Self { files, manifest }
    }
}
