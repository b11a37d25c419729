"""`fairlead statusline`: reads what Claude Code says of a session, and prints the line below its prompt.

https://code.claude.com/docs/en/statusline
"""

import shlex
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from fairlead.cli.daemon import Desk
from fairlead.cli.presets.shelf import manifest_of, preset_named
from fairlead.cli.running import configured, pointing_of
from fairlead.cli.status_line import Seen, line, variables
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config import Config

SECONDS = 0.5
"""For each answer of the router: the line is drawn anew with every message."""
_SCRIPT_SECONDS = 1.0
_RUN = "console.log(require(process.argv[1])(JSON.parse(process.argv[2]),JSON.parse(process.argv[3])))"


def settings(config: Config, preset: str | None = None) -> dict[str, Any] | None:
    """What of Claude Code's settings draws the line, a preset's where one is named; None where `StatusLine` is not
    enabled."""
    if not (config.status_line or {}).get("enabled"):
        return None
    command = shlex.join([sys.executable, "-P", "-m", "fairlead.cli", "statusline", *([preset] if preset else [])])
    return {"statusLine": {"type": "command", "command": command, "padding": 0}}


def _does(options: Namespace, env: Environment) -> Said:
    """Whatever is not known is left out: a status line must not fail."""
    # Somebody who tries it in a terminal has nothing to say, and is not waited for.
    told = _read(sys.stdin.buffer.read()) if sys.stdin and not sys.stdin.isatty() else {}
    try:
        record = Desk.of(env).running()
        pointing = pointing_of(record, env) if record else configured(env)
    except CommandError:
        return Said(line({}, variables(Seen(told, branch=_branch(told))), _run))
    # As Claude Code was started; a key of the configuration goes only to where the configuration says.
    own = env.get("ANTHROPIC_BASE_URL")
    url, key = (own, env.get("ANTHROPIC_AUTH_TOKEN")) if own else (pointing.router, pointing.key)
    last, session = _asked(url.rstrip("/"), key, str(told.get("session_id") or ""))
    seen = Seen(told, last, session, _branch(told))
    return Said(line(_style(options.preset, pointing.config), variables(seen), _run))


def _style(preset: str | None, config: Config) -> Mapping[str, Any]:
    """How it looks: as a preset says, else as the configuration does."""
    with suppress(CommandError):
        said = manifest_of(preset_named(preset, config)).applied.value.get("StatusLine") if preset else None
        if isinstance(said, dict):
            return said
    return config.status_line or {}


def _read(said: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _asked(url: str, key: str | None, session: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The session's last request, of its main agent, and the session; each empty where the router does not tell."""
    if not session:
        return {}, {}
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx2.Client(base_url=url, headers=headers, timeout=SECONDS, trust_env=False) as client:
            whole = client.get(f"/api/usage/sessions/{quote(session, safe='')}")
            rows = client.get("/api/usage/requests?limit=50")
            requests = msgspec.json.decode(rows.content, type=_Requests).requests if rows.is_success else []
            told = _read(whole.content) if whole.is_success else {}
    except (httpx2.HTTPError, httpx2.InvalidURL, msgspec.MsgspecError):
        return {}, {}
    own = (row for row in requests if row.get("session") == session and not row.get("agent"))
    return next(own, {}), told


class _Requests(msgspec.Struct):
    requests: list[dict[str, Any]] = []


def _branch(told: Mapping[str, Any]) -> str:
    """Of the repository that the session works in; a commit by its first digits."""
    workspace = told.get("workspace")
    folder = (workspace if isinstance(workspace, dict) else {}).get("current_dir") or told.get("cwd")
    if not isinstance(folder, str):
        return ""
    for one in (Path(folder), *Path(folder).parents):
        try:
            git = one / ".git"
            if git.is_file():  # of a worktree
                git = one / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
            head = (git / "HEAD").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref:") else head[:8]
    return ""


def _run(path: str, known: Mapping[str, str], options: Any) -> str:
    """What a script of claude-code-router's says: `module.exports = (variables, options) => text`."""
    node = shutil.which("node")
    if node is None:
        return ""
    arguments = [msgspec.json.encode(one).decode() for one in (known, options)]
    script = str(Path(path).expanduser().resolve())
    try:
        done = subprocess.run(  # noqa: S603 - the user's own script, named in their configuration
            [node, "-e", _RUN, script, *arguments], capture_output=True, timeout=_SCRIPT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("preset", nargs="?", help="whose StatusLine it is (the configuration's)")


VERB = Verb("statusline", "Print Claude Code's status line; reads its JSON.", _takes, _does)
