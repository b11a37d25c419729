"""The lock files that installs read: whole, hashed, and without the name of any server."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = sorted(path.parent for path in (*ROOT.glob("services/*/pyproject.toml"), ROOT / "shared/pyproject.toml"))
LOCKS = ["requirements.lock", "requirements-image.lock", "requirements-build.lock", "requirements-dev.lock"]
_PINNED = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;]+)(?P<rest>(?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE
)


def locked(name: str) -> dict[str, tuple[str, str]]:
    """Package → its version, and the rest of its entry, which holds marker and hashes."""
    text = (ROOT / name).read_text()
    return {match["name"]: (match["version"], match["rest"]) for match in _PINNED.finditer(text)}


def declared(path: Path) -> dict[str, list[str]]:
    """Requirements of a pyproject.toml: those of the package, and those of each group."""
    project = tomllib.loads((path / "pyproject.toml").read_text())
    groups = project.get("dependency-groups", {})
    plain = {name: [each for each in group if isinstance(each, str)] for name, group in groups.items()}
    return {"": project["project"]["dependencies"], **plain}


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return match[0].lower().replace("_", "-").replace(".", "-")


def floor_of(requirement: str) -> tuple[int, ...]:
    match = re.search(r">=([\d.]+)", requirement)
    assert match, f"{requirement} has no lower bound"
    return version_of(match[1])


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def external(requirements: list[str]) -> list[str]:
    return [each for each in requirements if not each.startswith("fairlead-")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_server(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?:|index-url|find-links|\.(?:org|com|io|net)\b", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash(lock: str) -> None:
    entries = locked(lock)
    assert len(entries) == sum(line[:1].isalnum() for line in (ROOT / lock).read_text().splitlines())
    assert [name for name, (_, rest) in entries.items() if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("member", [ROOT, *MEMBERS], ids=lambda path: path.name)
def test_what_a_member_needs_at_run_time_is_locked_at_a_version_it_takes(member: Path) -> None:
    entries = locked("requirements.lock")
    for requirement in external(declared(member)[""]):
        version, _ = entries[name_of(requirement)]
        assert version_of(version) >= floor_of(requirement)


@pytest.mark.parametrize("member", [ROOT, *MEMBERS], ids=lambda path: path.name)
def test_what_developing_a_member_needs_is_in_the_lock_for_it(member: Path) -> None:
    entries = locked("requirements-dev.lock")
    for requirement in external([each for group in declared(member).values() for each in group]):
        version, _ = entries[name_of(requirement)]
        assert version_of(version) >= floor_of(requirement)


def test_the_build_lock_holds_the_backend_of_every_member() -> None:
    entries = locked("requirements-build.lock")
    for member in MEMBERS:
        for requirement in tomllib.loads((member / "pyproject.toml").read_text())["build-system"]["requires"]:
            version, _ = entries[name_of(requirement)]
            assert version_of(version) >= floor_of(requirement)


def test_the_locks_agree_where_they_name_the_same_package() -> None:
    whole = locked("requirements-dev.lock")
    for lock in ("requirements.lock", "requirements-image.lock", "requirements-build.lock"):
        assert {name: entry[0] for name, entry in locked(lock).items()}.items() <= {
            name: entry[0] for name, entry in whole.items()
        }.items()
