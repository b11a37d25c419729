"""Coding agents beside Claude Code, headless: how each is pointed at a service and asked for a file."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from .stack import CLIENT_KEY, ROOT, Stack

STOP_AFTER = 180.0
"""Seconds; a run against the simulated provider takes three."""
WANTED = "Create a file wanted.txt containing hello from afar"


class Run(msgspec.Struct, frozen=True):
    """What is started: `command`, with `variables` in its environment, after `files` were written into its home."""

    command: list[str]
    variables: Mapping[str, str]
    files: Mapping[str, str] = {}


class Client(msgspec.Struct, frozen=True):
    """One agent. `binary` is where it stands below `.clients/NAME-VERSION`; `run` says how it asks `model` for `WANTED`."""

    name: str
    binary: str
    run: Callable[[Stack, str, Path], Run]

    @property
    def command(self) -> Path | None:
        """The newest that is installed, where FAIRLEAD_CLIENTS says or in `.clients`."""
        folder = Path(os.environ.get("FAIRLEAD_CLIENTS", ROOT / ".clients"))
        found = sorted(folder.glob(f"{self.name}-*/{self.binary}"))
        return found[-1] if found else None


def ask(client: Client, stack: Stack, model: str, home: Path, project: Path) -> subprocess.CompletedProcess[str]:
    """Runs the client to its end in `project`, with a home that holds nothing but what it needs."""
    assert client.command is not None
    run = client.run(stack, model, home)
    for name, text in run.files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run(
        [str(client.command), *run.command],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **run.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STOP_AFTER,
        check=False,
    )


def codex(stack: Stack, model: str, home: Path) -> Run:
    """Responses, and nothing else."""
    config = f"""model = "{model}"
model_provider = "gateway"
[model_providers.gateway]
name = "gateway"
base_url = "{stack.normalizer}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
"""
    flags = ["--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    variables = {"CODEX_HOME": str(home / "codex"), "GATEWAY_KEY": CLIENT_KEY}
    return Run(["exec", *flags, WANTED], variables, {"codex/config.toml": config})


def opencode(package: str, base_url: Callable[[Stack], str]) -> Callable[[Stack, str, Path], Run]:
    """Any of three dialects, by the package that is its client."""

    def run(stack: Stack, model: str, home: Path) -> Run:
        limits = {"limit": {"context": 128_000, "output": 16_000}}
        options = {"baseURL": f"{base_url(stack)}/v1", "apiKey": CLIENT_KEY}
        gateway = {"npm": package, "options": options, "models": {model: limits}}
        config = {"autoupdate": False, "share": "disabled", "permission": {"*": "allow"}}
        variables = {
            "OPENCODE_CONFIG": str(home / "opencode.json"),
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
        }
        text = json.dumps({**config, "provider": {"gateway": gateway}})
        return Run(["run", "--format", "json", "-m", f"gateway/{model}", WANTED], variables, {"opencode.json": text})

    return run


def gemini_cli(stack: Stack, model: str, home: Path) -> Run:
    """generateContent, streamed."""
    settings = json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}})
    variables = {"GEMINI_API_KEY": CLIENT_KEY, "GOOGLE_GEMINI_BASE_URL": stack.normalizer}
    command = ["--skip-trust", "-y", "-m", model, "-p", WANTED]
    return Run(command, variables, {".gemini/settings.json": settings})


def _normalizer(stack: Stack) -> str:
    return stack.normalizer


def _router(stack: Stack) -> str:
    return stack.router


OPENCODE = "node_modules/opencode-linux-x64/bin/opencode"
CLIENTS: Mapping[str, Client] = {
    "codex": Client("codex", "node_modules/.bin/codex", codex),
    "opencode, chat": Client("opencode", OPENCODE, opencode("@ai-sdk/openai-compatible", _normalizer)),
    "opencode, messages": Client("opencode", OPENCODE, opencode("@ai-sdk/anthropic", _router)),
    "opencode, responses": Client("opencode", OPENCODE, opencode("@ai-sdk/openai", _normalizer)),
    "gemini-cli": Client("gemini-cli", "node_modules/.bin/gemini", gemini_cli),
}


def aider(stack: Stack, model: str, home: Path) -> Run:
    """Chat completions without tools: the answer itself is the file."""
    variables = {"OPENAI_API_BASE": f"{stack.normalizer}/v1", "OPENAI_API_KEY": CLIENT_KEY}
    flags = ["--no-show-model-warnings", "--yes-always", "--no-git", "--edit-format", "whole", "--no-check-update"]
    command = ["--model", f"openai/{model}", *flags, "--analytics-disable", "--message", "create wanted.txt"]
    return Run(command, variables)


AIDER = Client("aider", "bin/aider", aider)
