"""A PostgreSQL of the tests' own, where it is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = 0


def _programs() -> Path | None:
    """The folder of `initdb`, the newest version there is."""
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found or versions[-1]).parent if found or versions else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # It does not run as root.
    user = "nobody" if os.getuid() == _ROOT else pwd.getpwuid(os.getuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="fairlead-postgres-") as name:
        if os.getuid() == _ROOT:
            os.chown(name, pwd.getpwnam(user).pw_uid, -1)

        def run(*command: str) -> None:
            as_user = {"user": user} if os.getuid() == _ROOT else {}
            subprocess.run(command, check=True, capture_output=True, cwd=name, **as_user)  # type: ignore[call-overload]

        data = f"{name}/data"
        run(str(programs / "initdb"), "-D", data, "-U", "tester", "--auth=trust", "--no-sync", "--no-instructions")
        control = str(programs / "pg_ctl")
        run(
            control,
            "-D",
            data,
            "-w",
            "-l",
            f"{name}/log",
            "-o",
            f"-c listen_addresses='' -c fsync=off -k {name}",
            "start",
        )
        try:
            yield f"postgresql://tester@/postgres?host={name}"
        finally:
            run(control, "-D", data, "-m", "immediate", "stop")
