"""What `cairn export` writes, opened by tools that know nothing of cairn."""

import hashlib
import html.parser
import io
import json
import os
import pathlib
import pty
import subprocess
import tempfile
import unittest
import zipfile

import yaml

CAIRN = os.environ["CAIRN"]
PASSPHRASE = "soup on the bus"
HARD = 'Quotes " and \\ and: colon # hash\n---\n[1] bracket\nשלום \u202eabc\u202c さみしい \U0001f642 e\u0301 \u2028 end'


class Journal:
    """A journal in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.run("init", "--device", "desk")

    def run(self, *line, text=None):
        environment = {**os.environ, "CAIRN_HOME": str(self.folder), "TZ": "Europe/London"}
        done = subprocess.run([CAIRN, *line], env=environment, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)
        return done.stdout

    def json(self, *line, text=None):
        return json.loads(self.run(*line, "--json", text=text))

    def entries(self):
        pages = [self.json("list", "--count", "500"), self.json("list", "--count", "500", "--trash")]
        return sorted((entry for page in pages for entry in page["entries"]), key=lambda entry: entry["id"])

    def export(self, path, *options, text=None):
        return self.json("export", str(path), *options, text=text)


def at_a_terminal(line, answers):
    """Runs a program that asks at its terminal; answers its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(line[0], line)
    said = b""
    answers = list(answers)
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:
            break
        if not read:
            break
        said += read
        if answers and b"passphrase" in said.lower():
            os.write(terminal, (answers.pop(0) + "\n").encode())
            said = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def front_matter(text):
    """The fields a reader of YAML finds, and the words below them."""
    assert text.startswith("---\n")
    end = text.index("\n---\n", 3)
    body = text[end + len("\n---\n") :]
    assert body.startswith("\n") and body.endswith("\n")
    return yaml.safe_load(text[4:end]), body[1:-1]


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.home = pathlib.Path(cls.temporary.name)
        cls.journal = Journal(cls.home / "journal")
        write = cls.journal.json
        cls.soup = write(
            "write", "--title", "Soup", "--text", HARD, "--tag", "Home", "--tag", "side walk", "--feeling", "さみしい",
            "--when", "2026-03-01 21:30", "--zone", "Europe/London",
        )["id"]  # fmt: skip
        cls.bus = write("write", "--text", "On the bus.\nIt rained.", "--when", "2026-10-31")["id"]
        gone = write("write", "--title", "Thrown", "--text", "away")["id"]
        write("trash", gone)
        write("profile", "add-section", "How to reach me")
        write("profile", "say", "How to reach me", "In the morning.", "--stance", "want")

    def check_archive(self, source):
        with zipfile.ZipFile(source) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            self.assertEqual(names[0], "README.txt")
            manifest = json.loads(archive.read("manifest.json"))
            self.assertEqual((manifest["format"], manifest["version"]), ("cairn-archive", 1))
            listed = {file["path"]: file for file in manifest["files"]}
            self.assertEqual(sorted(listed), sorted(name for name in names if name != "manifest.json"))
            for path, file in listed.items():
                data = archive.read(path)
                self.assertEqual((len(data), hashlib.sha256(data).hexdigest()), (file["bytes"], file["sha256"]), path)
            known = {entry["id"]: entry for entry in self.journal.entries()}
            seen = set()
            for path in names:
                if not path.startswith("entries/"):
                    continue
                fields, body = front_matter(archive.read(path).decode())
                entry = known[fields["id"]]
                seen.add(fields["id"])
                self.assertEqual(body, entry["body"])
                self.assertEqual(fields.get("title", ""), entry["title"])
                self.assertEqual(fields.get("tags", []), entry["tags"])
                self.assertEqual(fields.get("feelings", []), entry["feelings"])
                self.assertEqual(fields["happened"]["date"], entry["happened"]["local_date"])
                self.assertEqual(fields["happened"]["zone"], entry["happened"]["zone"])
                self.assertEqual("trashed" in fields, entry["trashed"] is not None)
            self.assertEqual(seen, set(known))
            self.assertIn("In the morning. (wanted)", archive.read("profile.md").decode())

    def test_an_archive_opens_with_zipfile_its_sums_hold_and_pyyaml_reads_every_entry(self):
        path = self.home / "whole.zip"
        self.assertEqual(self.journal.export(path, "--trash")["entries"], 3)
        self.check_archive(path)

    def test_an_archive_comes_in_again_equal_and_twice_is_once(self):
        path = self.home / "again.zip"
        self.journal.export(path, "--trash")
        other = Journal(self.home / "other")
        self.assertEqual(other.json("restore-archive", str(path))["new"], 3)
        self.assertEqual(other.entries(), self.journal.entries())
        self.assertEqual(other.json("profile"), self.journal.json("profile"))
        again = other.json("restore-archive", str(path))
        self.assertEqual((again["new"], again["known"]), (0, 3))

    def test_age_opens_what_a_passphrase_sealed_and_cairn_opens_what_age_sealed(self):
        sealed, opened, again = self.home / "sealed.age", self.home / "opened.zip", self.home / "again.age"
        exported = self.journal.export(sealed, "--trash", "--passphrase-file", "-", text=PASSPHRASE + "\n")
        self.assertTrue(exported["sealed"])
        self.assertNotIn(b"PK\x03\x04", sealed.read_bytes()[:200])
        self.assertNotEqual(at_a_terminal(["age", "-d", "-o", str(opened), str(sealed)], ["another one"]), 0)
        self.assertEqual(at_a_terminal(["age", "-d", "-o", str(opened), str(sealed)], [PASSPHRASE]), 0)
        self.check_archive(opened)

        line = ["age", "-p", "-o", str(again), str(opened)]
        self.assertEqual(at_a_terminal(line, [PASSPHRASE, PASSPHRASE]), 0)
        third = Journal(self.home / "third")
        restored = third.json("restore-archive", str(again), "--passphrase-file", "-", text=PASSPHRASE + "\n")
        self.assertEqual(restored["new"], 3)
        self.assertEqual(third.entries(), self.journal.entries())

    def test_jrnl_opens_the_journal_file_and_its_json_is_our_json(self):
        text, ours = self.home / "journal.txt", self.home / "journal.json"
        self.journal.export(text, "--format", "jrnl-text")
        self.journal.export(ours, "--format", "jrnl")
        config = self.home / "jrnl.yaml"
        config.write_text(
            yaml.safe_dump(
                {
                    "version": "v4.6", "colors": {"body": "none", "date": "none", "tags": "none", "title": "none"},
                    "default_hour": 9, "default_minute": 0, "editor": "", "encrypt": False, "highlight": False,
                    "indent_character": "|", "journals": {"default": {"journal": str(text)}}, "linewrap": 79,
                    "tagsymbols": "@", "template": False, "timeformat": "%Y-%m-%d %H:%M",
                }
            )
        )  # fmt: skip
        folders = {name: str(self.home / "jrnl-home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        done = subprocess.run(
            ["jrnl", "--config-file", str(config), "--format", "json"],
            env={**os.environ, **folders}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        theirs, ours = json.loads(done.stdout), json.loads(ours.read_text("utf-8"))
        self.assertEqual(theirs["tags"], ours["tags"])
        self.assertEqual(len(theirs["entries"]), len(ours["entries"]))
        for their, our in zip(theirs["entries"], ours["entries"]):
            self.assertEqual(set(their), set(our) - {"uuid"})
            for key in ("title", "date", "time", "starred"):
                self.assertEqual(their[key], our[key])
            self.assertEqual(sorted(their["tags"]), sorted(our["tags"]))
            # The journal file has the tags below the words, and sets a line in that begins with a bracket.
            words = their["body"].replace("\n [", "\n[")
            self.assertTrue(words.startswith(our["body"].strip()), words)

    def test_markdown_is_a_folder_whose_front_matter_pyyaml_reads(self):
        folder = self.home / "markdown"
        self.journal.export(folder, "--format", "markdown")
        files = sorted(folder.rglob("*.md"))
        self.assertEqual(len(files), 2)
        fields, body = front_matter(files[0].read_bytes().decode())
        self.assertEqual((str(fields["date"]), fields["title"], body), ("2026-03-01", "Soup", HARD))

    def test_a_page_has_no_script_and_fetches_nothing(self):
        path = self.home / "page.html"
        self.journal.export(path, "--format", "html")
        seen = []

        class Reader(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                seen.append(tag)
                for name, value in attributes:
                    assert not name.startswith("on"), (tag, name)
                    assert name not in ("src", "href", "srcset") or value.startswith("data:"), (tag, name, value)

        Reader().feed(path.read_text("utf-8"))
        self.assertIn("article", seen)
        self.assertFalse({"script", "link", "iframe", "object", "embed", "form"} & set(seen))

    def test_a_day_one_zip_has_its_journal_at_the_top(self):
        path = self.home / "dayone.zip"
        self.journal.export(path, "--format", "dayone")
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            journal = json.loads(archive.read("Journal.json"))
        self.assertEqual(journal["metadata"]["version"], "1.0")
        texts = [entry["text"] for entry in journal["entries"]]
        self.assertEqual(texts, ["# Soup\n\n" + HARD, "On the bus.\nIt rained."])

    def test_pyyaml_reads_an_entry_with_every_field_as_json_reads_each_line(self):
        text = (pathlib.Path(__file__).parents[2] / "core/vectors/archive_entry.md").read_text("utf-8")
        fields, _ = front_matter(text)
        lines = text[4 : text.index("\n---\n", 3)].split("\n")
        by_json = {key: json.loads(value) for key, value in (line.split(": ", 1) for line in lines)}
        self.assertEqual(fields, by_json)
        self.assertEqual((fields["energy"], len(fields)), (1.0, 23))

    def test_a_story_says_nothing_but_its_words(self):
        path = self.home / "story.md"
        self.journal.export(path, "--format", "markdown", "--entry", self.soup)
        self.assertEqual(path.read_bytes().decode(), f"# Soup\n\n{HARD}\n")


if __name__ == "__main__":
    unittest.main()
