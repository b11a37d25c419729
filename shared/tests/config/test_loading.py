"""Files from disk, and those that cannot be had."""

import os
from pathlib import Path

import pytest

from fairlead.shared.config import ConfigError, load
from fairlead.shared.config.loading import MAX_FILE_BYTES, MAX_PRESETS, parse_beside, presets_beside


def error_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return str(caught.value)


def test_a_file_is_read_with_the_environment_given(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{HOST: '$H'} // é", encoding="utf-8")
    assert load(path, {"H": "::1"}).config.host == "::1"


def test_a_finding_names_the_file_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{\nPORT: 0}")
    assert error_of(path) == f"{path}:2: PORT: must be at least 1"


def test_a_file_that_is_missing_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert error_of(path) == f"{path}: cannot be read: No such file or directory"


def test_a_directory_in_place_of_one_of_its_files_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "routing-table.json").mkdir()
    assert "has no routing-table.json" in error_of(tmp_path)


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    os.mkfifo(path)
    assert error_of(path) == f"{path}: is a pipe or a device, which cannot be read again; use a file"


def test_text_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"{\n// \xe9\n}")
    assert error_of(path) == f"{path}:2: is not UTF-8 text; save it as UTF-8"


def test_a_file_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    assert error_of(path) == f"{path}: is larger than {MAX_FILE_BYTES} bytes"


PRESET = "{Providers: [{name: 'p', api_base_url: 'https://p', models: ['m']}], Router: {default: 'p,m'}}"


def put(folder: Path, text: str = PRESET) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(text)


def test_presets_lie_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{}")
    put(tmp_path / "presets/b")
    put(tmp_path / "presets/a", "{")
    put(tmp_path / "presets/.hidden")
    (tmp_path / "presets/none").mkdir()
    (tmp_path / "presets/README.md").touch()
    loaded = load(path, {})
    assert [(one.name, len(one.providers)) for one in loaded.config.presets] == [("a", 0), ("b", 1), ("none", 0)]
    assert [one.line for one in loaded.warnings] == [1, None]
    assert loaded.config.presets[2].file == str(tmp_path / "presets/none/manifest.json")


def test_presets_lie_in_a_v3_directory(tmp_path: Path) -> None:
    (tmp_path / "routing-table.json").write_text("{}")
    put(tmp_path / "presets/a")
    assert [one.name for one in load(tmp_path, {}).config.presets] == ["a"]


def test_presets_stay_where_the_file_says_something_else(tmp_path: Path) -> None:
    put(tmp_path / "presets/a")
    loaded = parse_beside(tmp_path / "config.json", "{PORT: 1}", {})
    assert (loaded.config.port, [one.name for one in loaded.config.presets]) == (1, ["a"])


def test_so_many_presets_are_looked_at(tmp_path: Path) -> None:
    for number in range(MAX_PRESETS + 1):
        (tmp_path / f"presets/{number:03}").mkdir(parents=True)
    assert len(presets_beside(tmp_path / "config.json")) == MAX_PRESETS
