//! Refusals: hooks of the repository, and the words in which GitHub refuses a push.
//!
//! Hooks add up: each call adds a script, and the first that refuses decides. The texts are those that GitHub sends
//! by sideband; the reason beside a refused ref is reworded on the way out (see `pkt`), because stock git only knows
//! "hook declined" and "pre-receive hook declined".

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::repository::Repository;

/// What a protected branch or a ruleset does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Appending is allowed; rewriting and deleting are not. GitHub's default for a protected branch.
    NoForcePush,
    /// Every direct push is refused.
    PullRequestsOnly,
}

/// Runs every script of `HOOK.d`, in order, with the same arguments and input.
const DISPATCH: &str = r#"#!/bin/sh
case $0 in */update) input= ;; *) input=$(cat) ;; esac
for script in "$0".d/*; do
    printf '%s\n' "$input" | "$script" "$@" || exit 1
done
"#;

/// The rules common to protected branches and rulesets. Prints one line for the rule broken.
const RULES: &str = r#"
broken() {
    if [ "$protection" = pull-requests ]; then echo 'Changes must be made through a pull request.'; return; fi
    case $3 in *[!0]*) ;; *) echo 'Cannot delete this branch'; return ;; esac
    case $2 in *[!0]*) ;; *) return ;; esac
    git merge-base --is-ancestor "$2" "$3" || echo 'Cannot force-push to this branch'
}
"#;

impl Repository {
    /// Adds a script to a hook: `pre-receive`, `update` or `post-receive`.
    pub fn hook(&self, name: &str, script: &str) {
        let hooks = self.path().join("hooks");
        let scripts = hooks.join(format!("{name}.d"));
        std::fs::create_dir_all(&scripts).expect("a directory for hooks");
        let number = std::fs::read_dir(&scripts).expect("a directory just made").count();
        write_program(&scripts.join(format!("{number:02}")), script);
        write_program(&hooks.join(name), DISPATCH);
    }

    /// Refuses every change of refs that match a shell pattern, such as `refs/heads/snapshot/*`.
    pub fn refuse_ref(&self, pattern: &str, message: &str) {
        let message = quoted(message);
        self.hook(
            "update",
            &format!("#!/bin/sh\ncase $1 in {pattern}) printf '%s\\n' {message}; exit 1 ;; esac\n"),
        );
    }

    /// A branch protection as GitHub words it: GH006, "protected branch hook declined".
    pub fn github_protected_branch(&self, pattern: &str, protection: Protection) {
        let script =
            "    echo \"error: GH006: Protected branch update failed for $1.\"\n    echo \"error: $rule\"\n";
        self.hook("update", &rules(pattern, protection, script));
    }

    /// A ruleset as GitHub words it: GH013, "push declined due to repository rule violations".
    pub fn github_ruleset(&self, pattern: &str, protection: Protection) {
        let script = "    echo \"error: GH013: Repository rule violations found for $1.\"\n    echo\n    \
                      echo \"- $rule\"\n    echo\n";
        self.hook("update", &rules(pattern, protection, script));
    }

    /// Push protection as GitHub words it: a push whose new commits hold `secret` is refused with GH013, the
    /// locations, and an address where somebody may let it through.
    pub fn github_push_protection(&self, secret: &str) {
        let secret = quoted(secret);
        self.hook(
            "pre-receive",
            &format!(
                r#"#!/bin/sh
while read -r old new ref; do
    case $new in *[!0]*) ;; *) continue ;; esac
    hits=$(git rev-list "$new" --not --all | while read -r commit; do
        git grep -n -F -e {secret} "$commit" | cut -d: -f1-3
    done)
    [ -n "$hits" ] || continue
    cat <<END
error: GH013: Repository rule violations found for $ref.

- GITHUB PUSH PROTECTION
  —————————————————————————————————————————
    Resolve the following violations before pushing again

    - Push cannot contain secrets

    
     (?) Learn how to resolve a blocked push
     https://docs.github.com/code-security/secret-scanning/working-with-secret-scanning-and-push-protection/working-with-push-protection-from-the-command-line#resolving-a-blocked-push
    
    
      —— GitHub Personal Access Token ——————————————————————
       locations:
$(echo "$hits" | sed 's/^\([0-9a-f]*\):\(.*\)$/         - commit: \1\n           path: \2/')
    
       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
       https://github.com/octocat/demo/security/secret-scanning/unblock-secret/2aBcDeFgHiJkLmNoPqRsTuVwXyZ
    


END
    exit 1
done
"#
            ),
        );
    }

    /// GitHub's refusal of large files, GH001, from `limit` bytes on (GitHub: 100 MB).
    pub fn github_large_files(&self, limit: u64) {
        self.hook(
            "pre-receive",
            &format!(
                r#"#!/bin/sh
while read -r old new ref; do
    case $new in *[!0]*) ;; *) continue ;; esac
    large=$(git rev-list --objects "$new" --not --all |
        git cat-file --batch-check='%(objecttype) %(objectsize) %(rest)' |
        while read -r kind size path; do
            [ "$kind" = blob ] && [ "$size" -gt {limit} ] || continue
            size=$(awk "BEGIN {{ printf \"%.2f\", $size / 1048576 }}")
            echo "error: File $path is $size MB; this exceeds GitHub's file size limit of 100.00 MB"
        done)
    [ -n "$large" ] || continue
    echo 'error: Trace: 00da36c15c30d60ef4cff1f77d874a41aa4664da60639a903583f7f97db19b15'
    echo 'error: See https://gh.io/lfs for more information.'
    echo "$large"
    echo 'error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.'
    exit 1
done
"#
            ),
        );
    }
}

fn rules(pattern: &str, protection: Protection, refusal: &str) -> String {
    let protection = match protection {
        Protection::NoForcePush => "no-force-push",
        Protection::PullRequestsOnly => "pull-requests",
    };
    format!(
        "#!/bin/sh\nprotection={protection}\n{RULES}\ncase $1 in {pattern}) ;; *) exit 0 ;; esac\n\
         rule=$(broken \"$@\")\nif [ -n \"$rule\" ]; then\n{refusal}    exit 1\nfi\n"
    )
}

/// Writes by a process of its own: a file that this process has open for writing when another thread forks is "busy"
/// for a moment, and git could not run it.
fn write_program(path: &Path, text: &str) {
    let mut writer = Command::new("/bin/sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell starts");
    let mut stdin = writer.stdin.take().expect("started with a pipe");
    stdin.write_all(text.as_bytes()).expect("a hook can be written");
    drop(stdin);
    assert!(writer.wait().is_ok_and(|status| status.success()), "{} could not be written", path.display());
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
