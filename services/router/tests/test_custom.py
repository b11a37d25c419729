"""Routers that users wrote, in Python and JavaScript, good, broken, slow and dead."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.router.custom import OracleError, command_of
from fairlead.shared.config import Config
from fairlead.shared.config.schema import Provider

from .answers import anthropic_message
from .bodies import SESSION, claude_code
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, whole
from .running import RunningRouter

node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
Post = Callable[..., Any]


class Tried:
    """A router with a custom router of this text."""

    def __init__(self, normalizer: FakeNormalizer, file: Path, timeout_ms: int) -> None:
        self.file = file
        keys = f"CUSTOM_ROUTER_PATH: {json.dumps(str(file))}, CUSTOM_ROUTER_TIMEOUT_MS: {timeout_ms},"
        self.router = RunningRouter("{" + keys + CONFIG[1:], normalizer.url)

    async def route(self, **changed: Any) -> tuple[str, str]:
        """The scenario and the route of one request."""
        async with httpx2.AsyncClient(base_url=self.router.url, timeout=20) as client:
            body = claude_code(stream=False, **changed)
            headers = {"x-api-key": "sk-secret", "x-team": "core"}
            response = await client.post("/v1/messages", json=body, headers=headers)
        assert response.status_code == 200, response.text
        return response.headers["x-fairlead-scenario"], response.headers["x-fairlead-route"]

    @property
    def warnings(self) -> list[str]:
        return [str(line.get("message")) for line in self.router.log.of("custom router") if "message" in line]


@pytest.fixture
async def tried(normalizer: FakeNormalizer, tmp_path: Path) -> AsyncIterator[Post]:
    running: list[Tried] = []
    for name in ("native", "second", "small"):
        normalizer.answers[f"p,{name}"] = whole(200, anthropic_message())

    async def start(name: str, text: str, timeout_ms: int = 10_000) -> Tried:
        file = tmp_path / name
        file.write_text(text)
        one = Tried(normalizer, file, timeout_ms)
        await one.router.__aenter__()
        running.append(one)
        return one

    yield start
    for one in running:
        await one.router.__aexit__()


async def test_a_function_in_python_names_a_model(tried: Post) -> None:
    one = await tried("r.py", "def route(facts):\n    return 'p,second' if facts.model == 'my-model' else None\n")
    assert await one.route() == ("default", "p,second")
    assert await one.route(model="claude-haiku-5") == ("background", "p,small")


async def test_it_may_name_a_scenario(tried: Post) -> None:
    one = await tried("r.py", "def route(facts):\n    return 'background'\n")
    assert await one.route() == ("background", "p,small")


async def test_it_is_told_facts_and_an_exact_count_and_no_credential(tried: Post, tmp_path: Path) -> None:
    text = f"import json\ndef route(facts):\n    json.dump(vars(facts), open({str(tmp_path / 'seen')!r}, 'w'))\n"
    one = await tried("r.py", text)
    await one.route()
    seen = json.loads((tmp_path / "seen").read_text())
    assert (seen["session"], seen["tool_names"], seen["work"]) == (SESSION, ["Bash", "Write"], "main")
    assert 0 < seen["tokens"] < seen["token_bound"]
    assert seen["headers"]["x-team"] == "core"
    assert "sk-secret" not in json.dumps(seen)


async def test_what_it_prints_goes_to_the_log_and_disturbs_nothing(tried: Post) -> None:
    one = await tried("r.py", "def route(facts):\n    print('hello')\n    return 'p,second'\n")
    assert await one.route() == ("default", "p,second")
    assert await one.route() == ("default", "p,second")
    assert any(line.get("printed") == "hello" for line in one.router.log.of("custom router"))


BROKEN = {
    "raises": ("def route(facts):\n    raise ValueError('no idea')\n", "ValueError: no idea"),
    "is no Python": ("def route(:\n", "SyntaxError"),
    "has no route": ("x = 1\n", "route"),
    "answers a number": ("def route(facts):\n    return 7\n", "7"),
    "answers at length": ("def route(facts):\n    return 'x' * 10_000\n", "names nothing"),
    "names nobody": ("def route(facts):\n    return 'nobody,at-all'\n", "neither a scenario nor a model"),
    "ends its process": ("import os\ndef route(facts):\n    os._exit(3)\n", "it ended"),
    "writes too much": ("def route(facts):\n    return ['x' * 200_000]\n", "it writes what is no answer"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_one_is_remarked_on_and_done_without(tried: Post, text: str, said: str) -> None:
    one = await tried("r.py", text)
    assert await one.route() == ("default", "p,native")
    assert any(said in warning for warning in one.warnings)


async def test_one_that_hangs_is_killed_and_not_asked_for_a_while(tried: Post) -> None:
    one = await tried("r.py", "def route(facts):\n    while True: pass\n", 300)
    assert await one.route() == ("default", "p,native")
    assert await one.route() == ("default", "p,native")
    assert [warning for warning in one.warnings if "gave no answer in 0.3 s" in warning] == one.warnings
    assert len(one.warnings) == 1


async def test_a_file_that_changes_is_loaded_again(tried: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    one = await tried("r.py", "def route(facts):\n    return 'p,second'\n")
    assert await one.route() == ("default", "p,second")
    one.file.write_text("def route(facts):\n    return 'p,native'\n")  # as long as before, within the same second
    assert await one.route() == ("default", "p,native")
    assert [path.name for path in one.file.parent.iterdir()] == ["r.py"]


CLASSIC = """
module.exports = async function router(req, config) {
  console.log("asked");
  const text = req.body.messages[0].content[1].text;
  if (req.headers["x-api-key"] || JSON.stringify(config).includes("P_KEY")) throw new Error("a credential");
  if (text !== "Write a file" || req.tokenCount < 10 || config.Providers[0].name !== "p") return null;
  return req.sessionId ? "p,second" : config.Router.background;
};
"""


@node
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("router.js", CLASSIC),
        ("router.cjs", CLASSIC),
        ("router.mjs", CLASSIC.replace("module.exports =", "export default")),
    ],
)
async def test_a_custom_router_of_claude_code_routers_runs_as_it_stands(tried: Post, name: str, text: str) -> None:
    one = await tried(name, text)
    assert await one.route() == ("default", "p,second")
    assert one.warnings == []


@node
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("module.exports = async () => { throw new Error('no idea') }", "no idea"),
        ("module.exports = 7", "exports no function"),
        ("module.exports = () => process.exit(1)", "it ended"),
    ],
)
async def test_a_broken_one_in_javascript_is_done_without_too(tried: Post, text: str, said: str) -> None:
    one = await tried("router.js", text)
    assert await one.route() == ("default", "p,native")
    assert any(said in warning for warning in one.warnings)


@node
def test_a_process_ends_with_who_started_it_whatever_timers_it_has(tmp_path: Path) -> None:
    script = tmp_path / "router.js"
    script.write_text("setInterval(() => {}, 1000); module.exports = () => null")
    command = command_of(script, Config())
    asked = b'{"id": 1, "req": {}}\n'
    assert subprocess.run(command.arguments, input=asked, capture_output=True, timeout=20).returncode == 0


def test_no_key_stands_in_a_command_even_where_an_url_has_one(tmp_path: Path) -> None:
    script = tmp_path / "router.js"
    script.write_text("")
    config = Config(providers=(Provider("p", "https://p.example/v1?key=a-secret", "openai", "openai"),))
    assert "a-secret" not in str(command_of(script, config, lambda name: f"/bin/{name}"))


def test_a_file_that_cannot_be_run_is_told_with_its_reason(tmp_path: Path) -> None:
    script, words = tmp_path / "r.js", tmp_path / "r.txt"
    for file in (script, words):
        file.write_text("")
    with pytest.raises(OracleError, match="there is no file"):
        command_of(tmp_path / "absent.py", Config())
    with pytest.raises(OracleError, match="needs node"):
        command_of(script, Config(), lambda _name: None)
    with pytest.raises(OracleError, match="neither Python"):
        command_of(words, Config())
