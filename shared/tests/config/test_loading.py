"""Files from disk, and those that cannot be had."""

from pathlib import Path

import pytest

from fairlead.shared.config import ConfigError, load
from fairlead.shared.config.loading import MAX_FILE_BYTES


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


def test_text_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"{\n// \xe9\n}")
    assert error_of(path) == f"{path}:2: is not UTF-8 text; save it as UTF-8"


def test_a_file_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    assert error_of(path) == f"{path}: is larger than {MAX_FILE_BYTES} bytes"
