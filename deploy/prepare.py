"""Makes the virtual environment `.venv` from the lock files, and again when what it was made from has changed.

    prepare.py run     what the services need
    prepare.py dev     that, and what the tests and checks need

Standard library alone, since it runs before anything is installed. Says what it does on stderr, and nothing when there
is nothing to do.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
LEVELS = {
    "run": ("requirements-build.lock", "requirements.lock"),
    "dev": ("requirements-dev.lock",),
}
"""Level → the lock files it is installed from. `dev` holds all that `run` does."""


class PrepareError(Exception):
    """The environment cannot be made; the message says why."""


class Stamp(NamedTuple):
    """What an environment was made from; the file that holds it is written last, and taken away first."""

    level: str
    digest: str
    root: str

    @classmethod
    def of(cls, level: str, root: Path) -> "Stamp":
        digest = hashlib.sha256()
        for path in (
            *(root / name for name in LEVELS[level]),
            *(member / "pyproject.toml" for member in members(root)),
        ):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return cls(level, digest.hexdigest(), str(root))

    @classmethod
    def read(cls, venv: Path) -> "Stamp | None":
        """None for an environment that something else made."""
        try:
            level, digest, root = stamp_of(venv).read_text().splitlines()
        except FileNotFoundError:
            return None
        except ValueError:
            return _INCOMPLETE
        return cls(level, digest, root)

    def write(self, venv: Path) -> None:
        stamp_of(venv).write_text("".join(f"{line}\n" for line in self))


_INCOMPLETE = Stamp("", "", "")


def stamp_of(venv: Path) -> Path:
    return venv / "fairlead-stamp"


def members(root: Path) -> list[Path]:
    """The folders of the workspace's packages, in an order that does not change."""
    return [root / "shared", *sorted(path.parent for path in root.glob("services/*/pyproject.toml"))]


def prepare(level: str, root: Path = ROOT) -> None:
    """Raises `PrepareError`. Two that run at once wait for each other."""
    venv = root / ".venv"
    with _alone(root):
        stamp = Stamp.read(venv)
        if stamp and stamp in (Stamp.of(level, root), Stamp.of("dev", root)) and _works(venv):
            return
        # A developer's environment stays one.
        level = "dev" if stamp and stamp.level == "dev" else level
        if not (_reusable(stamp, root) and _works(venv)):
            _create(venv)
        _INCOMPLETE.write(venv)
        _install(venv, level, root)
        Stamp.of(level, root).write(venv)


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Holds the checkout's lock, which the system takes back even from a process that is killed."""
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _reusable(stamp: Stamp | None, root: Path) -> bool:
    """An environment left half made, or made elsewhere, is made anew. One that nobody stamped is a developer's own,
    and is only completed."""
    return stamp is None or (stamp != _INCOMPLETE and stamp.root == str(root))


def _works(venv: Path) -> bool:
    """Whether its Python runs, is new enough, and is the one that was asked for by name, if one was."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([venv / "bin/python", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    version = tuple(map(int, answer.stdout.split()))
    return version >= OLDEST and (not os.environ.get("FAIRLEAD_PYTHON") or version == sys.version_info[:2])


def _create(venv: Path) -> None:
    say(f"making .venv with Python {'.'.join(map(str, sys.version_info[:3]))}")
    venv.mkdir(exist_ok=True)
    for leftover in venv.iterdir():
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    _INCOMPLETE.write(venv)
    _run([sys.executable, "-m", "venv", str(venv)], "the virtual environment could not be made")


def _install(venv: Path, level: str, root: Path) -> None:
    python = str(venv / "bin/python")
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:  # noqa: S603
        _run([python, "-m", "ensurepip", "--default-pip"], "pip could not be set up")
    locks = [root / name for name in LEVELS[level]]
    count = sum(line[:1].isalnum() for lock in locks for line in lock.read_text().splitlines())
    say(f"installing {count} packages; this takes a minute, once")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    locked = [argument for lock in locks for argument in ("-r", str(lock))]
    _run([*pip, "--require-hashes", *locked], "the packages could not be installed; is a package index reachable?")
    editable = [argument for member in members(root) for argument in ("-e", str(member))]
    _run(
        [*pip, "--no-deps", "--no-build-isolation", "--no-index", *editable],
        "the services could not be installed",
    )


def _run(command: Sequence[str], fault: str) -> None:
    """The command's own words, if it has any, go to stderr."""
    if code := subprocess.run(command, stdout=sys.stderr, check=False).returncode:  # noqa: S603
        raise PrepareError(f"{fault} (exit code {code})")


def say(text: str) -> None:
    print(f"fairlead: {text}", file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in LEVELS:
        say(f"prepare.py takes one of {', '.join(LEVELS)}")
        return 2
    try:
        prepare(arguments[0])
    except (PrepareError, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next run begins anew")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
