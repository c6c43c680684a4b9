"""Runs a container action the way the GitHub Actions runner does (actions/runner 2.336: ContainerActionHandler.cs,
DockerCommandManager.cs, FileCommandManager.cs): its mounts, its environment, its files.

What `testkit/src/runner` does around a plain process, this does around a container; the paths are the container's.
"""

import json
import pathlib
import re
import subprocess
import uuid
from dataclasses import dataclass

import ruamel.yaml

SUMMARY_LIMIT = 1024 * 1024
FILES = {"OUTPUT": "set_output_", "STATE": "save_state_", "ENV": "set_env_", "PATH": "add_path_",
         "STEP_SUMMARY": "step_summary_"}
# podman as root without the right to raise limits wants them said; runc is what Docker runs.
RUN = {
    "podman": ["podman", "--runtime=runc", "run", "--ulimit", "nofile=20000:20000", "--ulimit", "nproc=4096:4096"],
    "docker": ["docker", "run"],
}


@dataclass
class Step:
    """What a step has left."""

    exit_code: int
    outputs: dict
    summary: str
    log: str
    commands: list

    def errors(self):
        return [text for name, text in self.commands if name == "error"]


class Runner:
    """A job on one machine: workspace, home and temp are shared by its steps."""

    def __init__(self, engine, image, action_yml, work, world):
        self.engine, self.image, self.world = engine, image, world
        self.action = ruamel.yaml.YAML(typ="safe").load(pathlib.Path(action_yml).read_text(encoding="utf-8"))
        self.temp = pathlib.Path(work) / "_temp"
        name = world["github"]["repository"].split("/")[1]
        self.workspace = pathlib.Path(work) / name / name
        self.home, self.workflow = self.temp / "_github_home", self.temp / "_github_workflow"
        self.files = self.temp / "_runner_file_commands"
        for folder in (self.workspace, self.home, self.workflow, self.files):
            folder.mkdir(parents=True)
        # The runner's user owns these, and no other user: root in the container writes into them.
        self.workspace.chmod(0o755)

    def run(self, inputs=None, env=None, event=None, timeout=300):
        """Runs the step `uses: ./` with these inputs (`with:`) and this `env:`."""
        (self.workflow / "event.json").write_text(json.dumps(event or {}), encoding="utf-8")
        step = uuid.uuid4()
        files = {name: self.files / f"{prefix}{step}" for name, prefix in FILES.items()}
        for file in files.values():
            file.write_text("", encoding="utf-8")
        variables = self._environment(inputs or {}, env or {}, files)
        arguments = [self._resolve(argument, variables) for argument in self.action["runs"].get("args") or []]
        volumes = {self.temp: "/github/runner_temp", self.home: "/github/home", self.workflow: "/github/workflow",
                   self.files: "/github/file_commands", self.workspace: "/github/workspace"}
        command = [*RUN[self.engine], "--rm", "--network", "host", "--workdir", "/github/workspace"]
        command += [part for name, value in variables.items() for part in ("-e", f"{name}={value}")]
        command += [part for source, target in volumes.items() for part in ("-v", f"{source}:{target}")]
        done = subprocess.run([*command, self.image, *arguments], capture_output=True, timeout=timeout, check=False)
        # The runner reads workflow commands from both streams.
        log = (done.stdout + done.stderr).decode("utf-8", "replace")
        summary = files["STEP_SUMMARY"].read_text(encoding="utf-8")
        if len(summary.encode()) > SUMMARY_LIMIT:
            raise AssertionError("the runner drops a summary over 1 MiB")
        return Step(done.returncode, read_file_command(files["OUTPUT"]), summary, log, read_commands(log))

    def _environment(self, inputs, env, files):
        github = self.world["github"]
        owner = github["repository"].split("/")[0]
        variables = {
            "CI": "true",
            "GITHUB_ACTION": "__self",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_REF": "",
            "GITHUB_ACTION_REPOSITORY": "",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_ACTOR_ID": "1",
            "GITHUB_API_URL": github["apiUrl"],
            "GITHUB_BASE_REF": "",
            "GITHUB_EVENT_NAME": "workflow_dispatch",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_GRAPHQL_URL": f"{github['apiUrl']}/graphql",
            "GITHUB_HEAD_REF": "",
            "GITHUB_JOB": "backup",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REF_PROTECTED": "false",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_REPOSITORY_ID": "1296269",
            "GITHUB_REPOSITORY_OWNER": owner,
            "GITHUB_REPOSITORY_OWNER_ID": "1",
            "GITHUB_RETENTION_DAYS": "90",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_NUMBER": "1",
            "GITHUB_SERVER_URL": github["serverUrl"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_TRIGGERING_ACTOR": "octocat",
            "GITHUB_WORKFLOW": "Backup",
            "GITHUB_WORKFLOW_REF": f"{github['repository']}/.github/workflows/backup.yml@refs/heads/main",
            "GITHUB_WORKFLOW_SHA": github["sha"],
            "GITHUB_WORKSPACE": "/github/workspace",
            "HOME": "/github/home",
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_NAME": "GitHub Actions 1",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": "/github/runner_temp",
            "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
            "RUNNER_WORKSPACE": str(self.workspace.parent),
        }
        variables |= {f"GITHUB_{name}": f"/github/file_commands/{file.name}" for name, file in files.items()}
        given = {name.lower(): value for name, value in inputs.items()}
        declared = {name.lower(): (about or {}) for name, about in (self.action.get("inputs") or {}).items()}
        unknown = given.keys() - declared.keys()
        if unknown:
            raise AssertionError(f"the runner would warn: action.yml has no input {sorted(unknown)}")
        for name, about in declared.items():
            default = about.get("default", "")
            default = str(default).lower() if isinstance(default, bool) else str(default)
            variables[variable(name)] = given.get(name, self._resolve(default, variables))
        for name, value in (self.action["runs"].get("env") or {}).items():
            variables.setdefault(name, self._resolve(value, variables))
        return variables | env

    def _resolve(self, text, variables):
        """Evaluates `${{ github.x }}` and `${{ inputs.x }}`: all that an action.yml of ours may use."""

        def value(match):
            context, name = match[1], match[2]
            if (context, name) == ("github", "token"):
                return self.world["github"]["token"]
            return variables[f"GITHUB_{name.upper()}" if context == "github" else variable(name)]

        return re.sub(r"\$\{\{\s*(github|inputs)\.([\w-]+)\s*\}\}", value, str(text))


def variable(name):
    """Blanks become underscores; hyphens stay, as no shell would like."""
    return f"INPUT_{name.replace(' ', '_').upper()}"


def read_file_command(file):
    """Reads NAME=VALUE and NAME<<DELIMITER ... DELIMITER as the runner does."""
    found = {}
    lines = iter(file.read_text(encoding="utf-8").split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1:]
            continue
        name, mark, delimiter = line.partition("<<")
        if not (name and mark and delimiter):
            raise AssertionError(f"the runner cannot read {line!r}")
        value = []
        for part in lines:
            if part == delimiter:
                break
            value.append(part)
        else:
            raise AssertionError(f"the runner finds no end {delimiter!r}")
        found[name] = "\n".join(value)
    return found


def read_commands(log):
    """Lists the workflow commands in a log as (name, text), those between stop-commands and its token left out."""
    found, stopped = [], None
    for line in log.splitlines():
        match = re.match(r"::([\w-]+)(?: [^:]*)?::(.*)$", line)
        if stopped:
            stopped = None if line == f"::{stopped}::" else stopped
        elif match and match[1] == "stop-commands":
            stopped = match[2]
        elif match:
            found.append((match[1], match[2]))
    return found
