"""Somebody with a home of their own who types `fairlead …`."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec

from fairlead.cli.daemon import Record

PATIENCE = 120.0
_HELD: list[socket.socket] = []
PROVIDER = '{name: "sim", type: "anthropic", api_base_url: "http://127.0.0.1:9/v1/messages", models: ["a", "b"]}'
"""One that may be called without a key, as far as can be told beforehand."""


class Person:
    """`env` is all that their shell has set. Ports are free ones."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "a home"
        self.bin = folder / "bin"
        self.home.mkdir()
        self.bin.mkdir()
        self.port, self.normalizer_port = free_ports(2)
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PORT": str(self.port),
            "NORMALIZER_PORT": str(self.normalizer_port),
        }

    @property
    def router(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.home / ".fairlead/config.json"

    @property
    def record(self) -> Record:
        return msgspec.json.decode(self._remembered.read_bytes(), type=Record)

    @property
    def _remembered(self) -> Path:
        return self.home / ".fairlead/services.json"

    def configures(self, text: str) -> None:
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(text)

    def has_preset(self, name: str, manifest: str) -> None:
        """Beside their configuration."""
        folder = self.config.parent / "presets" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text(manifest)

    def starts(self, *arguments: str, **env: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "fairlead.cli", *arguments],
            env=self.env | env,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def types(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        """The exit code, and what came on stdout and stderr."""
        process = self.starts(*arguments, **env)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def leaves(self) -> None:
        """Nothing of theirs runs any more. Whoever has started nothing, as their folder tells, need not stop it."""
        if self._remembered.exists():
            self.types("stop")

    def installs(self, name: str, script: str) -> Path:
        """A command of theirs."""
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)
        return path


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different.

    They stay bound here, with nobody who listens: a service may have them (SO_REUSEADDR), and nobody who looks for any
    free port, such as another test at the same time, is given one of them.
    """
    for _ in range(count):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        _HELD.append(held)
    return [each.getsockname()[1] for each in _HELD[-count:]]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
