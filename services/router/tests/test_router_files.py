"""Router files of projects and sessions: found, preferred, read again, and ignored when they are broken."""

import os
from pathlib import Path

import pytest

from fairlead.router.policy import Policy
from fairlead.router.router_files import FILES, FRESH, SESSIONS, Folders, RouterFiles
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Target

from .running import Lines

CONFIG = parse(
    """{
  Providers: [{name: "p", api_base_url: "https://p", models: ["usual", "project", "session", "other"]}],
  Router: {default: "p,usual", background: "p,usual"},
}""",
    {},
    file="config.json",
    resolve_secrets=False,
).config

SESSION, PROJECT = "3f0c9a52-7c1e", "-home-me-repo"


class Home:
    """A home directory, and time that passes when told."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.now = 100.0
        self.log = Lines()
        own, theirs = at / ".fairlead/projects", at / ".claude-code-router"
        self.files = RouterFiles(
            CONFIG,
            Policy.of(CONFIG),
            Folders(at / ".claude/projects", (own, theirs)),
            {},
            lambda: self.now,
            self.log,
        )

    def write(self, path: str, text: str) -> None:
        file = self.at / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def routes(self, path: str, model: str) -> None:
        self.write(path, f"{{Router: {{default: 'p,{model}'}}}}")

    def begins(self, session: str = SESSION) -> None:
        self.write(f".claude/projects/{PROJECT}/{session}.jsonl", "{}")

    async def target(self, session: str | None = SESSION) -> Target:
        return (await self.files.of(session)).policy.routes["default"][0]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def test_without_any_file_the_rules_are_the_usual_ones(home: Home) -> None:
    assert await home.target() == Target("p", "usual")
    assert await home.target(None) == Target("p", "usual")


async def test_a_session_is_of_the_project_whose_folder_holds_it(home: Home) -> None:
    home.begins()
    assert (await home.files.of(SESSION)).project == PROJECT


async def test_a_project_has_rules_of_its_own_whole(home: Home) -> None:
    home.begins()
    home.routes(f".claude-code-router/{PROJECT}/config.json", "project")
    policy = (await home.files.of(SESSION)).policy
    assert policy.routes == {"default": (Target("p", "project"),)}


async def test_a_sessions_file_counts_before_its_projects_and_ours_before_claude_code_routers(home: Home) -> None:
    home.begins()
    models: list[str] = []
    for path in (
        f".claude/projects/{PROJECT}/claude-code-router.json",
        f".claude-code-router/{PROJECT}/config.json",
        f".fairlead/projects/{PROJECT}/config.json",
        f".claude-code-router/{PROJECT}/{SESSION}.json",
        f".fairlead/projects/{PROJECT}/{SESSION}.json",
    ):
        models.append(f"m{len(models)}")
        home.routes(path, models[-1])
        home.now += FRESH
        assert await home.target() == Target("p", models[-1])


async def test_a_changed_file_is_read_again_after_a_moment(home: Home) -> None:
    home.begins()
    path = f".fairlead/projects/{PROJECT}/config.json"
    home.routes(path, "project")
    assert await home.target() == Target("p", "project")
    home.routes(path, "other")
    os.utime(home.at / path, ns=(0, 12345))
    assert await home.target() == Target("p", "project")
    home.now += FRESH
    assert await home.target() == Target("p", "other")
    (home.at / path).unlink()
    home.now += FRESH
    assert await home.target() == Target("p", "usual")


async def test_where_claude_code_never_ran_sessions_are_not_looked_for_one_by_one(home: Home) -> None:
    assert await home.target("first") == Target("p", "usual")
    for number in range(10):
        await home.target(f"s{number}")
    assert repr(home.files) == "<RouterFiles sessions=1 files=0>"


async def test_a_session_that_begins_later_is_found_later(home: Home) -> None:
    home.routes(f".fairlead/projects/{PROJECT}/config.json", "project")
    assert await home.target() == Target("p", "usual")
    home.begins()
    home.now += FRESH
    assert await home.target() == Target("p", "project")


async def test_a_broken_file_is_told_once_for_each_version_and_ignored(home: Home) -> None:
    home.begins()
    path = f".fairlead/projects/{PROJECT}/config.json"
    home.write(path, "{Router: {default: 'nobody,m'}}")
    for _ in range(3):
        assert await home.target() == Target("p", "usual")
        home.now += FRESH
    (told,) = home.log.of("configuration")
    assert "there is no provider nobody" in told["message"]
    assert path in told["message"]
    home.write(path, "{Router: ")
    assert await home.target() == Target("p", "usual")
    assert len(home.log.of("configuration")) == 2


@pytest.mark.parametrize("session", ["../../etc/passwd", "a/b", ".", "", "x" * 200, "-rf", "a b"])
async def test_a_session_that_is_no_name_of_a_file_is_looked_for_nowhere(home: Home, session: str) -> None:
    home.write(".claude/x.jsonl", "{}")
    found = await home.files.of(session)
    assert found.project is None
    assert repr(home.files) == "<RouterFiles sessions=0 files=0>"


async def test_what_is_remembered_is_bounded(home: Home) -> None:
    home.begins("keeps")
    path = home.at / f".fairlead/projects/{PROJECT}/config.json"
    home.routes(f".fairlead/projects/{PROJECT}/config.json", "project")
    for number in range(FILES + 5):
        os.utime(path, ns=(0, number))
        home.now += FRESH
        await home.target("keeps")
    for number in range(SESSIONS + 5):
        home.files._seen[f"s{number}"] = home.files._seen["keeps"]
    await home.target("one-more")
    assert repr(home.files).endswith(f"files={FILES}>")
