"""The environment `.venv`: made once, completed when what it was made from changes, made anew when it was left half done."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BACKEND = '''
"""A build backend of one function, so that nothing has to be fetched to test an editable install."""
import base64, hashlib, pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "member-1.dist-info"
    files = {
        "member.pth": str(pathlib.Path.cwd()),
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: member\\nVersion: 1\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    digests = {n: base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest()).rstrip(b"=").decode() for n, t in files.items()}
    files[f"{info}/RECORD"] = "".join(f"{n},sha256={d},\\n" for n, d in digests.items()) + f"{info}/RECORD,,\\n"
    name = "member-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
'''
_PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
_NOTHING_TO_DO = ""


class Checkout:
    """A checkout of one package that needs no other, in a folder with a space."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "check out"
        self.venv = self.root / ".venv"
        member = self.root / "shared"
        member.mkdir(parents=True)
        (member / "pyproject.toml").write_text(_PROJECT)
        (member / "backend.py").write_text(_BACKEND)
        (member / "answer.py").write_text("ANSWER = 42\n")
        for name in ("requirements-build.lock", "requirements.lock", "requirements-dev.lock"):
            (self.root / name).write_text("# nothing\n")
        deploy = self.root / "deploy"
        deploy.mkdir()
        (deploy / "prepare.py").write_text((ROOT / "deploy/prepare.py").read_text())

    def prepare(self, level: str) -> str:
        """What it said."""
        outcome = self.attempt(level)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stderr

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.root / "deploy/prepare.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def answer(self) -> str:
        code = "import answer; print(answer.ANSWER)"
        return subprocess.run([self.venv / "bin/python", "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_an_environment_is_made_once_and_completed_when_a_lock_changes(checkout: Checkout) -> None:
    assert "making .venv" in checkout.prepare("run")
    assert checkout.answer() == "42\n"
    assert checkout.prepare("run") == _NOTHING_TO_DO

    kept = checkout.venv / "kept"
    kept.touch()
    (checkout.root / "requirements.lock").write_text("# changed\n")
    said = checkout.prepare("run")
    assert "installing" in said
    assert "making .venv" not in said
    assert kept.exists()

    assert "installing" in checkout.prepare("dev")
    assert checkout.prepare("run") == _NOTHING_TO_DO


def test_an_environment_left_half_made_is_made_anew(checkout: Checkout) -> None:
    (checkout.root / "requirements.lock").write_text("no-such-package==1 --hash=sha256:0\n")
    assert checkout.attempt("run").returncode == 1
    rest = checkout.venv / "rest"
    rest.touch()
    (checkout.root / "requirements.lock").write_text("# mended\n")
    assert "making .venv" in checkout.prepare("run")
    assert not rest.exists()
    assert checkout.answer() == "42\n"


def test_an_environment_of_another_folder_is_made_anew(checkout: Checkout, tmp_path: Path) -> None:
    checkout.prepare("run")
    checkout.root.rename(tmp_path / "moved")
    checkout.root = tmp_path / "moved"
    checkout.venv = checkout.root / ".venv"
    assert "making .venv" in checkout.prepare("run")
    assert checkout.answer() == "42\n"


def test_a_developers_own_environment_is_completed_and_kept(checkout: Checkout) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout.venv], check=True)
    own = checkout.venv / "own"
    own.touch()
    assert "making .venv" not in checkout.prepare("dev")
    assert own.exists()
    assert checkout.answer() == "42\n"


def test_a_level_that_does_not_exist_is_wrong_usage(checkout: Checkout) -> None:
    outcome = checkout.attempt("all")
    assert (outcome.returncode, outcome.stderr) == (2, "fairlead: prepare.py takes one of run, dev\n")
