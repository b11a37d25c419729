"""`fairlead preset`: presets come from folders, zips and manifests, ask their questions, are told of, and go."""

import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.cli.__main__ import main
from fairlead.cli.presets import package
from fairlead.shared.config import load
from fairlead.shared.config.schema import Secret, Target

from .person import Person
from .terminal import Terminal

CONFIG = """{
  Providers: [{name: "open", api_base_url: "https://o.example/v1", api_key: "sk-1", models: ["m"],
               headers: {"x-team": "secret-team"}},
              {name: "env", api_base_url: "https://e.example/v1?key=pass", api_keys: ["$ONE", "sk-2"], models: ["n"]}],
  Router: {default: "open,m"},
  PORT: 4000, APIKEY: "client",
  StatusLine: {enabled: true, default: {modules: [{type: "model", text: "{{model}}"}]}},
}"""
MANIFEST = """\
// Ours.
{
  name: "work", version: "1.2.0", description: "Our models", author: "me", keywords: ["team", "eu"],
  schema: [
    {id: "key", type: "password", label: "Key"},
    {id: "model", type: "select", options: [{label: "Big one", value: "big"}, "small"], defaultValue: "big"},
    {id: "hosted", type: "confirm"},
    {id: "region", type: "input", when: {field: "hosted", value: true}, validator: "^[a-z]+$"},
    {id: "limit", type: "number", min: 10, max: 99, required: false},
  ],
  Providers: [{name: "ours", api_base_url: "https://ours.example/v1", api_key: "#{key}", models: ["big", "small"]}],
  Router: {default: "ours,#{model}", longContextThreshold: "#{limit}"},
  StatusLine: {enabled: true, default: {modules: [{type: "script", scriptPath: "line.js"}]}},
  claudeCodeSettings: {env: {A: "$HOME"}},
}
"""


class Desk:
    """Somebody with a configuration; `run` types a command, and gives its code and what it says."""

    def __init__(self, home: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.env = {"HOME": str(home), "CONFIG_PATH": str(home / ".fairlead/config.json")}
        self.config = home / ".fairlead/config.json"
        self.presets = home / ".fairlead/presets"
        self._captured = captured
        self.config.parent.mkdir()
        self.config.write_text(CONFIG)

    def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        code = main(["preset", *arguments], self.env | env)
        told = self._captured.readouterr()
        return code, told.out + told.err

    def folder(self, files: Mapping[str, str], name: str = "source") -> Path:
        for path, text in files.items():
            file = self.home / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return self.home / name

    def zip(self, files: Mapping[str, str]) -> Path:
        with zipfile.ZipFile(self.home / "source.zip", "w", zipfile.ZIP_DEFLATED) as made:
            for path, text in files.items():
                made.writestr(path, text)
        return self.home / "source.zip"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_folder_is_installed_with_its_answers_for_its_owner_alone(desk: Desk) -> None:
    source = desk.folder({"manifest.json": MANIFEST, "line.js": "//", ".git/config": "x"})
    code, said = desk.run("install", str(source), "--set", "key=$OUR_KEY", "--set", "model=small", OUR_KEY="sk")
    assert code == 0, said
    for line in (
        f"Installed work into {desk.presets / 'work'}",
        "It sends to https://ours.example/v1",
        "It reads of the environment: HOME, OUR_KEY",
        f"Its status line runs: {desk.presets / 'work/line.js'}",
        "It gives Claude Code settings: env",
        "Next: fairlead code --preset work",
    ):
        assert line in said
    manifest = desk.presets / "work/manifest.json"
    assert manifest.read_text().startswith(MANIFEST.rpartition("claudeCode")[0])
    assert stat.S_IMODE(manifest.stat().st_mode) == 0o600
    assert sorted(one.name for one in (desk.presets / "work").iterdir()) == ["line.js", "manifest.json"]
    assert [one.name for one in desk.presets.iterdir()] == ["work"]
    (preset,) = load(desk.config, {"OUR_KEY": "sk"}).config.presets
    assert preset.providers[0].api_keys == (Secret("sk"),)
    assert preset.router.scenarios["default"].targets == (Target("work/ours", "small"),)


def test_what_is_missing_is_told_where_nobody_can_be_asked(desk: Desk) -> None:
    code, said = desk.run("install", str(desk.folder({"manifest.json": MANIFEST})))
    assert code == 1
    assert "the preset asks for key; give --set key=…, or install it in a terminal" in said
    assert not desk.presets.exists()
    code, said = desk.run("install", str(desk.home / "source"), "--set", "key=k", "--set", "hosted=yes")
    assert (code, "asks for region" in said) == (1, True)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("model=huge", "--set model: must be one of big, small"),
        ("hosted=maybe", "--set hosted: must be y or n"),
        ("limit=5", "--set limit: must be at least 10 and at most 99"),
        ("limit=x", "--set limit: must be a number"),
        ("region=EU", "--set region: must fit ^[a-z]+$"),
        ("other=1", "the preset asks for no other; it asks for key, model, hosted, region, limit"),
        ("key", "--set key: write --set ID=ANSWER"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(desk: Desk, answer: str, fault: str) -> None:
    source = desk.folder({"manifest.json": MANIFEST})
    code, said = desk.run("install", str(source), "--set", "key=k", "--set", answer)
    assert (code, fault in said) == (1, True), said
    assert not desk.presets.exists()


@pytest.mark.parametrize("prefix", ["", "repo-main/"])
def test_a_zip_is_installed_with_or_without_a_folder_around_it(desk: Desk, prefix: str) -> None:
    made = desk.zip({f"{prefix}manifest.json": MANIFEST, f"{prefix}lib/line.js": "//", "__MACOSX/x": "x"})
    code, said = desk.run("install", str(made), "--set", "key=k", "--name", "play")
    assert code == 0, said
    assert (desk.presets / "play/lib/line.js").read_text() == "//"
    assert not (desk.presets / "play/__MACOSX").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..", "a\\..\\evil", "C:evil"])
def test_a_zip_that_would_write_elsewhere_is_refused(desk: Desk, name: str) -> None:
    code, said = desk.run("install", str(desk.zip({"manifest.json": "{}", name: "x"})))
    assert (code, "outside of the preset's folder" in said) == (1, True), said
    assert not desk.presets.exists()
    assert not list(desk.home.rglob("evil"))


def test_a_zip_with_a_link_is_refused(desk: Desk) -> None:
    made = desk.home / "link.zip"
    entry = zipfile.ZipInfo("line.js")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("manifest.json", "{}")
        opened.writestr(entry, "/etc/passwd")
    code, said = desk.run("install", str(made))
    assert (code, "a preset has plain files" in said) == (1, True)


def test_a_zip_that_unpacks_to_too_much_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_BYTES", 1000)
    code, said = desk.run("install", str(desk.zip({"manifest.json": "{}", "zeros": "0" * 2000})))
    assert (code, "more than a preset may be" in said) == (1, True)


def test_a_zip_that_is_damaged_is_refused(desk: Desk) -> None:
    made = desk.zip({"manifest.json": "{name: 'work'}" * 100})
    damaged = bytearray(made.read_bytes())
    damaged[50:60] = b"\xff" * 10
    made.write_bytes(damaged)
    code, said = desk.run("install", str(made))
    assert (code, "cannot be unpacked" in said) == (1, True), said


def test_a_folder_with_a_link_is_refused(desk: Desk) -> None:
    source = desk.folder({"manifest.json": "{}"})
    (source / "keys").symlink_to("/etc/passwd")
    assert "is no plain file" in desk.run("install", str(source))[1]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"manifest.json": "{\nname: }"}, "manifest.json:2:"),
        ({"other.json": "{}"}, "there is no manifest.json in"),
    ],
)
def test_what_is_no_preset_is_refused(desk: Desk, files: dict[str, str], fault: str) -> None:
    code, said = desk.run("install", str(desk.folder(files)))
    assert (code, fault in said) == (1, True), said
    assert not desk.presets.exists()


def test_a_marketplaces_name_is_told_what_to_do_instead(desk: Desk) -> None:
    assert "there is no marketplace here" in desk.run("install", "some-preset")[1]


def test_a_name_that_is_taken_is_kept_unless_forced(desk: Desk) -> None:
    source = desk.folder({"manifest.json": MANIFEST})
    assert desk.run("install", str(source), "--set", "key=first")[0] == 0
    assert "--force replaces it" in desk.run("install", str(source), "--set", "key=second")[1]
    assert desk.run("install", str(source), "--set", "key=second", "--force")[0] == 0
    assert "second" in (desk.presets / "work/manifest.json").read_text()


def test_an_installed_one_takes_other_answers_and_keeps_the_rest(desk: Desk) -> None:
    assert desk.run("install", str(desk.folder({"manifest.json": MANIFEST})), "--set", "key=k")[0] == 0
    assert desk.run("install", "work", "--set", "model=small")[0] == 0
    assert load(desk.config, {}).config.presets[0].providers[0].api_keys == (Secret("k"),)
    assert load(desk.config, {}).config.presets[0].router.scenarios["default"].targets[0].model == "small"


def test_a_preset_with_mistakes_is_installed_and_told(desk: Desk) -> None:
    source = desk.folder({"manifest.json": "{\nname: 'odd',\nRouter: {default: 'x,m'}}"})
    code, said = desk.run("install", str(source))
    assert code == 1
    assert f"{desk.presets}/odd/manifest.json:3: Router.default: there is no provider x" in said


def test_they_are_listed_and_told_of_without_a_secret(desk: Desk) -> None:
    desk.folder({"manifest.json": "{"}, ".fairlead/presets/broken")
    assert desk.run("install", str(desk.folder({"manifest.json": MANIFEST})), "--set", "key=sk-secret")[0] == 0
    code, said = desk.run("list")
    assert code == 0
    assert [line.split() for line in said.splitlines()[1:]] == [
        ["preset", "version", "serves", "description"],
        ["broken", "nothing:", "it", "has", "mistakes"],
        ["work", "1.2.0", "ours", "Our", "models"],
    ]
    code, told = desk.run("info", "work")
    assert code == 0
    assert "HOME (not set here)" not in told
    assert "OTHER (not set here)" in desk.run("install", "work", "--set", "key=$OTHER")[1]
    for words in ("http://127.0.0.1:4000/preset/work", "team, eu", "ours  https://ours.example/v1", "default", "Key"):
        assert words in told
    assert "sk-secret" not in said + told
    code, told = desk.run("info", "broken")
    assert (code, "broken/manifest.json:1" in told) == (1, True)
    assert "did you mean work?" in desk.run("info", "wrok")[1]


def test_one_is_deleted_and_nothing_else(desk: Desk) -> None:
    desk.folder({"manifest.json": "{}"}, ".fairlead/presets/a")
    desk.folder({"manifest.json": "{}"}, ".fairlead/presets/b")
    assert desk.run("delete", "a")[0] == 0
    assert [one.name for one in desk.presets.iterdir()] == ["b"]
    assert "there is no preset a" in desk.run("rm", "a")[1]
    for name in ("..", "../presets/b", "/", "."):
        assert "cannot be a preset's name" in desk.run("delete", name)[1]
    assert desk.config.exists()


def test_the_configuration_is_exported_without_its_secrets(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = desk.run("export", "shared", "--description", "Mine", "--tags", "a, b")
    assert code == 0
    text = (tmp_path / "shared/manifest.json").read_text()
    assert not any(secret in text for secret in ("sk-1", "sk-2", "secret-team", "pass", "client", "4000"))
    made = json.loads(text)
    assert {key: made[key] for key in ("name", "version", "description", "keywords")} == {
        "name": "shared",
        "version": "1.0.0",
        "description": "Mine",
        "keywords": ["a", "b"],
    }
    first, second = made["Providers"]
    assert first["api_key"] == "${OPEN_API_KEY}"
    assert first["headers"] == {"x-team": "${OPEN_HEADERS_X_TEAM}"}
    assert second["api_base_url"] == "https://e.example/v1?key=${ENV_API_BASE_URL}"
    assert second["api_keys"] == ["$ONE", "${ENV_API_KEYS_2}"]
    assert made["StatusLine"]["default"]["modules"] == [{"type": "model", "text": "{{model}}"}]
    assert "OPEN_API_KEY, OPEN_HEADERS_X_TEAM, ENV_API_BASE_URL, ENV_API_KEYS_2" in said


def test_what_was_exported_can_be_installed(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert desk.run("export", "shared")[0] == 0
    secrets = {"OPEN_API_KEY": "k", "OPEN_HEADERS_X_TEAM": "t", "ENV_API_BASE_URL": "up", "ENV_API_KEYS_2": "k2"}
    code, said = desk.run("install", "shared", ONE="1", **secrets)
    assert code == 0, said
    (preset,) = load(desk.config, {"ONE": "1", **secrets}).config.presets
    assert [one.name for one in preset.providers] == ["shared/open", "shared/env"]
    assert preset.providers[0].api_keys == (Secret("k"),)


def test_in_a_terminal_each_input_is_asked_for(person: Person) -> None:
    person.configures(CONFIG)
    (person.home / "manifest.json").write_text(MANIFEST)
    with Terminal(person, "preset", "install", "manifest.json") as terminal:
        terminal.answers(r"Key: $", "sk-typed")
        page = terminal.answers(r"model \[big\]: $", "7")
        assert "1  Big one" in page
        terminal.answers(r"must be one of big, small.\s+model \[big\]: $", "2")
        terminal.answers(r"hosted \[n\]: $", "y")
        terminal.answers(r"region: $", "eu")
        terminal.answers(r"limit \(may be left empty\): $", "")
        assert "sk-typed" not in terminal.until("Next: fairlead code --preset work")
    (preset,) = load(person.config, {"ONE": "1"}).config.presets
    assert preset.router.scenarios["default"].targets == (Target("work/ours", "small"),)
