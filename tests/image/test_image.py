"""The image: what is in it, and what it does when the runner starts it as a step. See `run` beside this file."""

import contextlib
import gzip
import http.server
import io
import json
import os
import pathlib
import re
import ssl
import struct
import subprocess
import tarfile
import tempfile
import threading
import unittest

from runner import RUN, Runner

IMAGE, ENGINE, WORLD = os.environ["IMAGE"], os.environ["ENGINE"], os.environ["WORLD"]
ROOT = pathlib.Path(__file__).parents[2]
MIB = 1024 * 1024
VERSION = re.search(r'^\[workspace\.package\]\nversion = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]


def engine(*arguments):
    return subprocess.run([ENGINE, *arguments], capture_output=True, check=True).stdout


def container(*arguments, before=()):
    command = [*RUN[ENGINE], "--rm", "--network", "none", *before, IMAGE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


class Contents(unittest.TestCase):
    """The image as it is stored."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            saved = f"{folder}/image.tar"
            engine("save", "--output", saved, *(["--format", "docker-archive"] if ENGINE == "podman" else []), IMAGE)
            with tarfile.open(saved) as archive:
                manifest = json.load(archive.extractfile("manifest.json"))[0]
                config = json.load(archive.extractfile(manifest["Config"]))
                layers = [archive.extractfile(name).read() for name in manifest["Layers"]]
        cls.config = config["config"]
        layers = [gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer for layer in layers]
        cls.compressed = sum(len(gzip.compress(layer, 6)) for layer in layers)
        cls.files, cls.modes = {}, {}
        for layer in layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
                for entry in tar:
                    name = entry.name.removeprefix("./").strip("/")
                    cls.modes[name] = entry.mode
                    if entry.isfile():
                        cls.files[name] = tar.extractfile(entry).read()
                    elif not entry.isdir():
                        raise AssertionError(f"{entry.name} is neither file nor folder")

    def test_holds_the_binary_its_certificates_and_nothing_else(self):
        self.assertEqual(sorted(self.files), ["LICENSE", "cognigy-backup", "etc/ssl/certs/ca-certificates.crt"])
        self.assertEqual(self.modes["tmp"] & 0o7777, 0o1777)
        self.assertEqual(self.modes["cognigy-backup"] & 0o111, 0o111)

    def test_is_small(self):
        unpacked = sum(map(len, self.files.values()))
        print(f"\n{self.compressed / MIB:.2f} MiB compressed, {unpacked / MIB:.2f} MiB unpacked", flush=True)
        self.assertLessEqual(self.compressed, 12 * MIB)
        self.assertLessEqual(unpacked, 24 * MIB)

    def test_the_binary_needs_no_loader(self):
        elf = self.files["cognigy-backup"]
        self.assertEqual(elf[:4], b"\x7fELF")
        start, size, count = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
        kinds = [struct.unpack_from("<I", elf, start + size * at)[0] for at in range(count)]
        self.assertNotIn(3, kinds, "PT_INTERP: the binary is linked dynamically")

    def test_its_certificates_can_be_read(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.files["etc/ssl/certs/ca-certificates.crt"].decode())
        subjects = [str(certificate["subject"]) for certificate in context.get_ca_certs()]
        self.assertGreater(len(subjects), 100)
        self.assertTrue(any("ISRG Root X1" in subject for subject in subjects))

    def test_starts_as_the_runner_wants(self):
        self.assertEqual(self.config["Entrypoint"], ["/cognigy-backup"])
        for unset in ("Cmd", "User", "Volumes", "ExposedPorts"):
            self.assertFalse(self.config.get(unset), unset)
        self.assertIn(self.config.get("WorkingDir", ""), ("", "/"))

    def test_says_what_it_is(self):
        labels = {name.removeprefix("org.opencontainers.image."): text for name, text in self.config["Labels"].items()}
        self.assertEqual((labels["title"], labels["licenses"]), ("cognigy-backup", "MIT"))
        self.assertEqual(labels["version"], VERSION)


class Alone(unittest.TestCase):
    """The image without a runner, without a network."""

    def test_names_its_version(self):
        done = container("--version")
        self.assertEqual((done.returncode, done.stdout), (0, f"cognigy-backup {VERSION}\n"), done.stderr)

    def test_has_no_shell(self):
        for shell in ("/bin/sh", "/bin/bash", "/busybox/sh"):
            done = container("-c", "exit 0", before=("--entrypoint", shell))
            self.assertNotEqual(done.returncode, 0, shell)


class Steps(unittest.TestCase):
    """The action as a step, in a world of its own."""

    def setUp(self):
        # What the step wrote is root's: cleaning up fails for anybody else.
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="image-", ignore_cleanup_errors=True)))
        process = subprocess.Popen([WORLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.enterContext(process)
        self.world = json.loads(process.stdout.readline())
        self.runner = Runner(ENGINE, IMAGE, ROOT / "action.yml", self.work, self.world)

    def cognigy(self, **changed):
        cognigy = self.world["cognigy"]
        env = {"COGNIGY_BASE_URL": cognigy["baseUrl"], "COGNIGY_API_KEY": cognigy["apiKey"],
               "COGNIGY_AGENT_ID": cognigy["projectId"]}
        return env | changed

    def git(self, *arguments):
        command = ["git", "--git-dir", self.world["upstream"], *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def branches(self):
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def assert_keeps_secrets(self, step):
        said = "\n".join(line for line in step.log.splitlines() if not line.startswith("::add-mask::"))
        left = [said, step.summary, json.dumps(step.outputs)]
        left += [file.read_text(errors="replace") for file in self.runner.workspace.rglob("*") if file.is_file()]
        for secret in (self.world["cognigy"]["apiKey"], self.world["github"]["token"]):
            self.assertFalse([text for text in left if secret in text], "a secret was said")

    def test_backs_up_and_then_finds_nothing_new(self):
        first = self.runner.run({"mode": "backup"}, self.cognigy())
        self.assertEqual((first.exit_code, first.outputs.get("outcome")), (0, "success"), first.log)
        self.assertIn("snapshot/hourly", self.branches())
        self.assertEqual(self.git("rev-parse", "snapshot/hourly").strip(), first.outputs["snapshot-sha"])
        self.assertIn(".backup-metadata.json", self.git("ls-tree", "--name-only", "snapshot/hourly").split())
        self.assertIn(first.outputs["snapshot-id"], first.summary)
        self.assert_keeps_secrets(first)
        self.git("fsck", "--strict")

        second = self.runner.run({"mode": "backup"}, self.cognigy())
        self.assertEqual((second.exit_code, second.outputs.get("outcome")), (0, "unchanged"), second.log)
        self.assertEqual(self.git("rev-list", "--count", "snapshot/hourly").strip(), "1")

    def test_a_dry_run_writes_nothing(self):
        step = self.runner.run({"mode": "dry-run"}, self.cognigy())
        self.assertEqual((step.exit_code, step.outputs.get("outcome")), (0, "planned"), step.log)
        self.assertEqual(self.branches(), [])
        self.assert_keeps_secrets(step)

    def test_a_wrong_input_is_an_annotation_and_exit_code_3(self):
        step = self.runner.run({"mode": "bakup"}, self.cognigy())
        self.assertEqual(step.exit_code, 3, step.log)
        self.assertEqual(len(step.errors()), 1, step.log)
        self.assertRegex(step.log, "bakup.*did you mean `backup`")
        self.assertEqual(self.branches(), [])

    def test_a_certificate_that_nobody_vouches_for_ends_it(self):
        with self.https() as (url, _, seen):
            step = self.runner.run({"mode": "backup"}, self.cognigy(COGNIGY_BASE_URL=url))
            self.assertEqual((step.exit_code, step.outputs.get("outcome")), (1, "failed"), step.log)
            self.assertRegex(" ".join(step.errors()).lower(), "certificate")
            self.assertEqual(seen, [], "the key went to a server that is not who it says")
        self.assertEqual(self.branches(), [])

    def test_a_certificate_that_the_environment_vouches_for_is_taken(self):
        with self.https() as (url, authority, seen):
            (self.runner.workspace / "authority.pem").write_bytes(authority.read_bytes())
            env = self.cognigy(COGNIGY_BASE_URL=url, SSL_CERT_FILE="/github/workspace/authority.pem")
            step = self.runner.run({"mode": "backup"}, env)
            self.assertEqual((step.exit_code, step.outputs.get("outcome")), (1, "failed"), step.log)
            self.assertNotEqual(seen, [], step.log)

    @contextlib.contextmanager
    def https(self):
        """A server that refuses every key, its certificate signed by an authority that nobody knows; yields its
        address, the authority, and the paths that were asked for."""
        authority, certificate, seen = self.work / "authority.pem", self.work / "certificate.pem", []
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        for arguments in (
            ["-subj", "/CN=Authority", "-keyout", f"{authority}.key", "-out", authority],
            ["-subj", "/CN=127.0.0.1", "-keyout", f"{certificate}.key", "-out", certificate, "-CA", authority, "-CAkey",
             f"{authority}.key", "-addext", "basicConstraints=CA:FALSE", "-addext", "subjectAltName=IP:127.0.0.1"],
        ):
            subprocess.run([*make, "-days", "2", *arguments], capture_output=True, check=True)

        class Refuse(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(self.path)
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, f"{certificate}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"https://127.0.0.1:{server.server_port}", authority, seen
        finally:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    unittest.main()
