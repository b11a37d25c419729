"""A configuration's file is written whole or not at all, and the last ten before it are kept."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

from fairlead.shared.runtime.config_file import backup, backup_named, backups, write

WRITES = """
import sys, itertools
from pathlib import Path
from fairlead.shared.runtime.config_file import write
texts = ["a" * 300_000, "b" * 500_000]
print("begun", flush=True)
for number in itertools.count():
    write(Path(sys.argv[1]), texts[number % 2])
    if number == 3:
        print("going", flush=True)
"""


def test_a_killed_writer_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", WRITES, str(file)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert process.stdout.readline() == "going\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert file.read_text() in ("a" * 300_000, "b" * 500_000)


def test_only_its_owner_may_read_it_where_so_asked(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("old")
    file.chmod(0o644)
    write(file, "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    write(file, "new", mode=0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config.json"]


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    link = tmp_path / "config.json"
    link.symlink_to("real.json")
    write(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_the_newest_ten_backups_are_kept_and_found_by_name(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    assert backup(file, 0.0) is None
    for number in range(13):
        file.write_text(str(number))
        backup(file, 1_700_000_000.5 + number)
    kept = backups(file)
    assert [one.at for one in kept] == [1_700_000_000.5 + number for number in range(12, 2, -1)]
    assert kept[0].name == "config.20231114T221332.500000Z.json"
    found = backup_named(file, kept[0].name)
    assert found is not None
    assert (found.read_text(), stat.S_IMODE(found.stat().st_mode)) == ("12", 0o600)
    assert backup_named(file, "../config.json") is None
