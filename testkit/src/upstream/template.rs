//! The branches that the template repository `ben-elliot-nice/cognigy-backup` leaves behind, made with stock git.

use super::repository::{Repository, checked};

impl Repository {
    /// A commit of these files alone, made at a time (Unix seconds), after `parent` or as a root. No ref points at it yet:
    /// see [`Repository::point`]. Answers its id.
    pub fn commit_at(&self, at: i64, files: &[(&str, &[u8])], parent: Option<&str>) -> String {
        const REF: &str = "refs/testkit/commit";
        let mut script = Vec::new();
        let head = format!(
            "commit {REF}\ncommitter github-actions[bot] <bot@example.com> {at} +0200\ndata <<END\nSnapshot: {at}\nEND\n"
        );
        script.extend_from_slice(head.as_bytes());
        if let Some(parent) = parent {
            script.extend_from_slice(format!("from {parent}\ndeleteall\n").as_bytes());
        }
        for (path, bytes) in files {
            script.extend_from_slice(format!("M 100644 inline {path}\ndata {}\n", bytes.len()).as_bytes());
            script.extend_from_slice(bytes);
            script.push(b'\n');
        }
        // Forced, because a new root follows nothing.
        checked(&["fast-import"], self.run(&["fast-import", "--quiet", "--force"], Some(&script)));
        let commit = self.git(&["rev-parse", REF]).trim().to_owned();
        self.git(&["update-ref", "-d", REF]);
        commit
    }

    /// Points a branch at a commit, wherever it was.
    pub fn point(&self, branch: &str, commit: &str) {
        self.git(&["update-ref", &format!("refs/heads/{branch}"), commit]);
    }

    /// Refuses new commits that hold a workflow file, in GitHub's words for a token without that right.
    pub fn github_workflow_permission(&self) {
        self.hook(
            "pre-receive",
            r#"#!/bin/sh
while read -r old new ref; do
    case $new in *[!0]*) ;; *) continue ;; esac
    for commit in $(git rev-list "$new" --not --all); do
        file=$(git ls-tree -r --name-only "$commit" -- .github/workflows | head -n 1)
        [ -z "$file" ] && continue
        echo "refusing to allow a GitHub App to create or update workflow \`$file\` without \`workflows\` permission"
        exit 1
    done
done
"#,
        );
    }
}
