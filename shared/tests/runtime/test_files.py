"""Facts about files that are replaced while others read them."""

import os
import stat
from pathlib import Path

import pytest

from fairlead.shared.runtime.files import replace


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "f"
    replace(path, b"old")
    with path.open("rb") as reading:
        replace(path, b"new and longer")
        assert reading.read() == b"old"
    assert path.read_bytes() == b"new and longer"


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_it_has_the_mode_that_is_wanted_whatever_the_mask(mode: int, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        replace(tmp_path / "f", b"x", mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == mode


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace(tmp_path / "f", b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["f"]
