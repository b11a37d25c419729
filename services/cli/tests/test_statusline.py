"""The line below Claude Code's prompt: what it says, and that it never fails."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from fairlead.cli.status_line import Seen, line, variables
from fairlead.cli.statusline import settings
from fairlead.shared.config import Config

from .person import PROVIDER, Person
from .terminal import Terminal

TOLD: dict[str, Any] = {
    "session_id": "s1",
    "cwd": "/home/me/repo",
    "model": {"id": "claude-x", "display_name": "Claude X"},
    "workspace": {"current_dir": "/home/me/repo"},
    "version": "2.1.0",
    "cost": {"total_cost_usd": 9.0, "total_duration_ms": 3_723_000, "total_lines_added": 12, "total_lines_removed": 2},
    "context_window": {"used_percentage": 42.4, "context_window_size": 200_000},
}
LAST = {
    "session": "s1",
    "provider": "lab",
    "model": "big",
    "scenario": "think",
    "input": 1_000,
    "cache_read": 11_000,
    "cache_write": 0,
    "output": 300,
    "first_byte": 0.5,
    "duration": 6.5,
}
SESSION = {"totalCost": 0.125, "totalInputTokens": 40_000, "totalOutputTokens": 900}


def no_script(_path: str, _known: Mapping[str, str], _options: Any) -> str:
    raise AssertionError("there is none")


def drawn(*modules: Any, style: str = "default", seen: Seen | None = None) -> str:
    known = variables(seen or Seen(TOLD, LAST, SESSION, "main"))
    return line({"currentStyle": style, style: {"modules": list(modules)}}, known, no_script)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{workDirName}}@{{ gitBranch }}", "repo@main"),
        ("{{provider}},{{model}} ({{scenario}})", "lab,big (think)"),
        ("{{inputTokens}}/{{outputTokens}}", "12.0k/300"),
        ("{{tokenSpeed}} {{timeToFirstToken}}", "50 500"),
        ("{{contextPercent}}% of {{contextWindowSize}}", "42% of 200.0k"),
        ("{{totalInputTokens}} {{totalOutputTokens}}", "40.0k 900"),
        ("${{cost}} {{duration}}", "$0.12 1h02m"),
        ("{{linesAdded}} {{linesRemoved}} {{netLines}}", "12 2 10"),
        ("{{version}} {{sessionId}}", "2.1.0 s1"),
        ("{{nonsense}}", ""),
    ],
)
def test_what_a_module_may_say(text: str, said: str) -> None:
    assert drawn({"type": "any", "text": text}) == said


def test_modules_without_text_say_what_their_type_says_and_those_without_anything_are_left_out() -> None:
    bare = Seen({"model": {"display_name": "Claude X"}})
    kinds = [{"type": kind} for kind in ("workDir", "gitBranch", "model", "usage", "speed", "cost", "lines", "odd", 7)]
    assert drawn(*kinds, 5, seen=bare) == "Claude X"
    assert drawn({"type": "model", "icon": "🤖"}) == "🤖 big"


def test_without_a_router_the_cost_is_claude_codes_own_estimate() -> None:
    assert drawn({"type": "cost"}, seen=Seen(TOLD)) == "$9.00"


@pytest.mark.parametrize(
    ("colors", "codes"),
    [
        ({"color": "red"}, "31"),
        ({"color": "bright_blue", "background": "bg_white"}, "94;47"),
        ({"color": "#ff0080"}, "38;2;255;0;128"),
        ({"background": "bg_#000001"}, "48;2;0;0;1"),
        ({"color": "gray"}, "90"),
    ],
)
def test_colours_have_names_or_are_written_in_hex(colors: dict[str, str], codes: str) -> None:
    assert drawn({"type": "model", **colors}) == f"\x1b[{codes}mbig\x1b[0m"


def test_what_is_no_colour_is_none() -> None:
    assert drawn({"type": "model", "color": "ultraviolet", "background": 3}) == "big"


def test_powerline_parts_modules_by_arrows_in_both_their_colours() -> None:
    one, two = {"type": "model", "background": "bg_red"}, {"type": "gitBranch", "background": "bg_blue"}
    assert drawn(one, two, style="powerline") == (
        "\x1b[37;41m big \x1b[0m\x1b[31;44m\ue0b0\x1b[0m\x1b[37;44m main \x1b[0m\x1b[34m\ue0b0\x1b[0m"
    )


def test_no_configuration_draws_the_usual_modules() -> None:
    assert "big" in line({}, variables(Seen(TOLD, LAST, SESSION, "main")), no_script)


@pytest.mark.parametrize("modules", [True, 5, "text", {"a": {"type": "model"}}, None])
def test_modules_that_are_no_list_are_as_good_as_none(modules: object) -> None:
    known = variables(Seen(TOLD, LAST, SESSION, "main"))
    assert line({"default": {"modules": modules}}, known, no_script) == line({}, known, no_script)


def test_nobody_in_front_of_a_terminal_is_waited_for(person: Person) -> None:
    with Terminal(person, "statusline") as terminal:
        assert terminal.leaves() == 0


def test_claude_code_is_told_to_draw_one_only_where_it_is_enabled() -> None:
    assert settings(Config()) is None
    assert settings(Config(status_line={"enabled": False})) is None
    made = settings(Config(status_line={"enabled": True}))
    assert made is not None
    assert made["statusLine"]["command"].endswith(" -P -m fairlead.cli statusline")


class _Router(BaseHTTPRequestHandler):
    """Tells of one session, to who has the key."""

    def do_GET(self) -> None:
        known = {"/api/usage/sessions/s1": SESSION, "/api/usage/requests?limit=50": {"requests": [LAST]}}
        good = self.headers["authorization"] == "Bearer k" and self.path in known
        self.send_response(200 if good else 401)
        self.end_headers()
        self.wfile.write(json.dumps(known.get(self.path, {}) if good else {}).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def typed(person: Person, said: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "fairlead.cli", "statusline", *arguments],
        input=said,
        env=person.env | env,
        cwd=person.home,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_tells_who_answered_and_what_it_cost(person: Person, tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    (repository / ".git").mkdir(parents=True)
    (repository / ".git/HEAD").write_text("ref: refs/heads/feature/x\n")
    (tmp_path / "mine.js").write_text("module.exports = (known, options) => options.say + known.model;")
    modules = [
        {"type": "gitBranch"},
        {"type": "model"},
        {"type": "cost"},
        *([{"type": "script", "scriptPath": str(tmp_path / "mine.js"), "options": {"say": "by "}}] * _HAS_NODE),
    ]
    bar = json.dumps({"enabled": True, "currentStyle": "default", "default": {"modules": modules}})
    person.configures(f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}, APIKEY: "k", StatusLine: {bar}}}')
    server = HTTPServer(("127.0.0.1", 0), _Router)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        told = json.dumps({**TOLD, "workspace": {"current_dir": str(repository)}})
        done = typed(person, told, ANTHROPIC_BASE_URL=url, ANTHROPIC_AUTH_TOKEN="k")
        assert done.stdout.strip() == "feature/x big $0.12" + " by big" * _HAS_NODE
        stranger = typed(person, told, ANTHROPIC_BASE_URL=url)
        assert "Claude X $9.00" in stranger.stdout
    finally:
        server.shutdown()
        server.server_close()


_HAS_NODE = shutil.which("node") is not None


@pytest.mark.parametrize("said", ["", "[]", "{", "{}"])
def test_it_never_fails(person: Person, said: str) -> None:
    person.configures("{nothing that: could be read")
    done = typed(person, said)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_preset_has_a_line_of_its_own_and_one_that_has_none_the_configurations(person: Person) -> None:
    line = 'StatusLine: {enabled: true, default: {modules: [{text: "NAME"}]}}'
    person.configures(f"{{Providers: [{PROVIDER}], Router: {{default: 'sim,a'}}, {line}}}")
    preset = f"{{Providers: [{PROVIDER}], Router: {{default: 'sim,a'}}"
    person.has_preset("work", f"{preset}, {line.replace('NAME', 'of work')}}}")
    person.has_preset("plain", f"{preset}}}")
    said = [typed(person, "{}", name).stdout.strip() for name in ("work", "plain", "nothing")]
    assert said == ["of work", "NAME", "NAME"]
