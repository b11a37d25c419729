"""What a member becomes when it is built: everything it reads at run time is inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """Member → its wheel, built without a network by the locked backend."""
    folder = tmp_path_factory.mktemp("wheels")
    members = [ROOT / "shared", *(path.parent for path in ROOT.glob("services/*/pyproject.toml"))]
    for member in members:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=member, check=True, capture_output=True)
    return {path.name.split("-")[0].removeprefix("fairlead_"): zipfile.ZipFile(path) for path in folder.glob("*.whl")}


def test_every_source_file_and_all_data_are_in_the_wheel(wheels: dict[str, zipfile.ZipFile]) -> None:
    assert sorted(wheels) == ["cli", "normalizer", "router", "shared", "simulator"]
    for member, wheel in wheels.items():
        source = ROOT / ("shared" if member == "shared" else f"services/{member}") / "src"
        files = {
            path.relative_to(source).as_posix()
            for path in source.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files <= set(wheel.namelist())


def test_the_vocabularies_of_the_tokenizers_are_in_the_wheel(wheels: dict[str, zipfile.ZipFile]) -> None:
    folder = "fairlead/shared/_tokenizers"
    for name in ("cl100k_base.tiktoken.gz", "o200k_base.tiktoken.gz", "vocabularies.json", "NOTICE"):
        packed = wheels["shared"].read(f"{folder}/{name}")
        assert packed == (ROOT / "shared/src" / folder / name).read_bytes()


def test_what_is_known_of_models_is_in_the_wheel(wheels: dict[str, zipfile.ZipFile]) -> None:
    assert {"models.json.gz", "NOTICE"} <= {
        name.rpartition("/")[2] for name in wheels["shared"].namelist() if "/_models/" in name
    }


def test_no_member_claims_the_namespace_for_itself(wheels: dict[str, zipfile.ZipFile]) -> None:
    for member, wheel in wheels.items():
        packages = {name.split("/")[1] for name in wheel.namelist() if name.startswith("fairlead/")}
        assert packages == {member}


@pytest.mark.parametrize("command", ["router", "normalizer", "simulator"])
def test_a_service_is_a_command(wheels: dict[str, zipfile.ZipFile], command: str) -> None:
    wheel = wheels[command]
    [entry_points] = [name for name in wheel.namelist() if name.endswith("/entry_points.txt")]
    assert f"{command} = fairlead.{command}.__main__:main" in wheel.read(entry_points).decode()


def test_the_command_comes_with_both_its_names(wheels: dict[str, zipfile.ZipFile]) -> None:
    wheel = wheels["cli"]
    [entry_points] = [name for name in wheel.namelist() if name.endswith("/entry_points.txt")]
    told = wheel.read(entry_points).decode()
    assert "fairlead = fairlead.cli.__main__:main" in told
    assert "ccr = fairlead.cli.__main__:main" in told
