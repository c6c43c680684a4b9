//! A repository in the shape of GitHub's `full-repository`, with every field that GitHub's description requires.

use serde_json::{Map, Value, json};

use super::contents::Contents;

/// Who may see a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Those with access.
    Private,
    /// Every member of the enterprise.
    Internal,
}

impl Visibility {
    fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
        }
    }
}

/// What can differ between two repositories here.
pub(super) struct Repository {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) visibility: Visibility,
    pub(super) default_branch: String,
    pub(super) may_push: bool,
    pub(super) archived: bool,
    pub(super) contents: Contents,
}

/// Links below the repository's own address.
const LINKS: [(&str, &str); 36] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// Counts that are none in a new repository.
const ZEROS: [&str; 9] = [
    "forks",
    "forks_count",
    "stargazers_count",
    "watchers",
    "watchers_count",
    "open_issues",
    "open_issues_count",
    "network_count",
    "subscribers_count",
];

/// Switches as GitHub sets them in a new repository.
const SWITCHES: [(&str, bool); 11] = [
    ("fork", false),
    ("disabled", false),
    ("is_template", false),
    ("allow_forking", true),
    ("web_commit_signoff_required", false),
    ("has_issues", true),
    ("has_projects", true),
    ("has_wiki", true),
    ("has_pages", false),
    ("has_discussions", false),
    ("has_downloads", true),
];

impl Repository {
    /// The object that GitHub answers; `permissions` are there for a caller with a token only.
    pub(super) fn full(&self, api: &str, with_permissions: bool) -> Value {
        let Self { owner, name, visibility, default_branch, may_push, archived, .. } = self;
        let html = format!("https://github.com/{owner}/{name}");
        let url = format!("{api}/repos/{owner}/{name}");
        let base = json!({
            "id": 1_296_269,
            "node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5",
            "name": name,
            "full_name": format!("{owner}/{name}"),
            "private": *visibility != Visibility::Public,
            "owner": user(api, owner),
            "html_url": html,
            "description": null,
            "url": url,
            "clone_url": format!("{html}.git"),
            "git_url": format!("git://github.com/{owner}/{name}.git"),
            "ssh_url": format!("git@github.com:{owner}/{name}.git"),
            "svn_url": html,
            "mirror_url": null,
            "homepage": null,
            "language": null,
            "license": null,
            "topics": [],
            "visibility": visibility.name(),
            "default_branch": default_branch,
            "archived": archived,
            "size": 108,
        });
        let times = ["created_at", "updated_at", "pushed_at"];
        let fields = (LINKS.map(|(field, path)| (field, Value::from(format!("{url}{path}")))).into_iter())
            .chain(ZEROS.map(|field| (field, Value::from(0))))
            .chain(SWITCHES.map(|(field, on)| (field, Value::from(on))))
            .chain(times.map(|field| (field, Value::from("2025-01-01T00:00:00Z"))))
            .map(|(field, value)| (field.to_owned(), value));
        let mut object = match base {
            Value::Object(object) => object,
            _ => Map::new(),
        };
        object.extend(fields);
        if with_permissions {
            let rights = json!({
                "admin": false, "maintain": false, "push": may_push, "triage": may_push, "pull": true,
            });
            object.insert("permissions".to_owned(), rights);
        }
        object.into()
    }
}

/// GitHub's `simple-user`.
pub(super) fn user(api: &str, login: &str) -> Value {
    // A bot has brackets in its name.
    let wire = login.replace('[', "%5B").replace(']', "%5D");
    let url = format!("{api}/users/{wire}");
    json!({
        "login": login,
        "id": 1,
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": "https://avatars.githubusercontent.com/u/1?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": format!("https://github.com/{wire}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": "User",
        "site_admin": false,
        "user_view_type": "public",
    })
}
