//! Reading a refusal: which rule it was, from a reason of a few words and the text beside it.
//!
//! What moved and who was faster is not read here but asked of the refs themselves. Only for refs that stand where
//! they stood do the server's words decide.

use crate::store::change::{Refusal, RefusalKind};

/// What a reason means for a ref that has not moved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Somebody held it at that moment.
    Busy,
    /// The fault is another ref's.
    Held,
    /// A rule forbids it.
    Refused(Refusal),
}

/// Reads a reason.
pub(super) fn read(name: &str, reason: &str, messages: &[String]) -> Meaning {
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["atomic push failure", "atomic push failed", "atomic transaction failed", "transaction failed"])
    {
        return if locked(name, messages) { Meaning::Busy } else { Meaning::Held };
    }
    if has(&[
        "failed to update ref",
        "cannot lock ref",
        "failed to lock",
        "fetch first",
        "stale info",
        "reference already exists",
        "incorrect old value",
    ]) {
        return Meaning::Busy;
    }
    let code = |code: &str| {
        messages.iter().any(|line| line.contains(code) && (!line.contains("refs/") || line.contains(name)))
    };
    let said = |words: &str| messages.iter().any(|line| line.to_ascii_lowercase().contains(words));
    let kind = if code("GH001") || said("exceeds github's file size limit") {
        RefusalKind::LargeFile
    } else if code("GH013") || has(&["repository rule violations"]) {
        if said("push protection") || said("cannot contain secrets") {
            RefusalKind::Secret
        } else {
            RefusalKind::Ruleset
        }
    } else if code("GH006") || has(&["protected branch"]) {
        RefusalKind::ProtectedBranch
    } else if has(&["non-fast-forward", "denying non-fast-forward"]) {
        RefusalKind::Rewrite
    } else if has(&["deletion prohibited", "deletion of the current branch", "denying ref deletion"]) {
        RefusalKind::Deletion
    } else if has(&["unpacker error", "missing necessary objects"]) {
        RefusalKind::Unpack
    } else if has(&["refusing to allow", "permission", "not authorized", "Resource not accessible"]) {
        RefusalKind::Permission
    } else if has(&["hook declined"]) {
        RefusalKind::Hook
    } else {
        RefusalKind::Other
    };
    Meaning::Refused(Refusal { kind, reason: reason.to_owned(), details: details(kind, messages) })
}

/// Whether the text says that this very ref was locked or not at its expected value.
fn locked(name: &str, messages: &[String]) -> bool {
    let about = format!("'{name}'");
    messages.iter().any(|line| line.contains("cannot lock ref") && line.contains(&about))
}

/// The lines of the text that a person needs to act.
fn details(kind: RefusalKind, messages: &[String]) -> Vec<String> {
    let lines = messages.iter().map(|line| line.trim());
    let plain = |line: &str| line.strip_prefix("error: ").unwrap_or(line).to_owned();
    let link = |line: &&str| line.starts_with("https://") && line.contains("unblock");
    match kind {
        RefusalKind::Secret => lines
            .filter_map(|line| match line.strip_prefix("path: ") {
                Some(place) => Some(place.to_owned()),
                None if line.starts_with('—') && line.ends_with('—') => {
                    Some(line.trim_matches(['—', ' ']).to_owned()).filter(|name| !name.is_empty())
                }
                None => Some(line).filter(link).map(str::to_owned),
            })
            .collect(),
        RefusalKind::Ruleset => lines.filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect(),
        RefusalKind::LargeFile => lines.filter(|line| line.contains("file size limit")).map(plain).collect(),
        RefusalKind::ProtectedBranch => lines.filter(|line| line.starts_with("error: ")).map(plain).collect(),
        RefusalKind::Hook | RefusalKind::Unpack | RefusalKind::Other | RefusalKind::Permission => {
            lines.take(20).map(plain).collect()
        }
        RefusalKind::Rewrite | RefusalKind::Deletion => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(reason: &str, said: &[&str]) -> RefusalKind {
        let messages: Vec<String> = said.iter().map(|line| (*line).to_owned()).collect();
        match read("refs/heads/s/hourly", reason, &messages) {
            Meaning::Refused(refusal) => refusal.kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_rule_has_its_words() {
        use RefusalKind::*;
        let declined = "pre-receive hook declined";
        for (reason, said, expected) in [
            (
                "protected branch hook declined",
                &["error: GH006: Protected branch update failed for refs/heads/s/hourly."][..],
                ProtectedBranch,
            ),
            ("push declined due to repository rule violations", &["- Cannot update this branch"], Ruleset),
            ("push declined due to repository rule violations", &["- GITHUB PUSH PROTECTION"], Secret),
            (declined, &["error: GH001: Large files detected."], LargeFile),
            (declined, &["no backups on Fridays"], Hook),
            (declined, &["error: GH006: Protected branch update failed for refs/heads/other."], Hook),
            ("non-fast-forward", &[], Rewrite),
            ("deletion prohibited", &[], Deletion),
            ("unpacker error", &[], Unpack),
            ("missing necessary objects", &[], Unpack),
            ("refusing to allow a GitHub App to create or update workflow", &[], Permission),
            ("because", &[], Other),
        ] {
            assert_eq!(kind(reason, said), expected, "{reason}");
        }
    }

    #[test]
    fn a_lock_is_no_rule() {
        let said = ["error: cannot lock ref 'refs/heads/s/hourly': is at 1 but expected 2".to_owned()];
        assert_eq!(read("refs/heads/s/hourly", "atomic transaction failed", &said), Meaning::Busy);
        assert_eq!(read("refs/heads/s/daily", "atomic transaction failed", &said), Meaning::Held);
        assert_eq!(read("refs/heads/s/daily", "failed to update ref", &[]), Meaning::Busy);
    }
}
