"""What runs a transformer's file, and what is told where nothing can."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from fairlead.normalizer.custom.worker import UnrunnableError, Worker, command_of
from fairlead.shared.config.schema import CustomTransformer
from fairlead.shared.failure import FailureError


def test_a_file_is_run_by_its_ending(tmp_path: Path) -> None:
    for name in ("a.py", "a.js", "a.txt"):
        (tmp_path / name).write_text("")
    python = command_of(CustomTransformer(str(tmp_path / "a.py"), {"a": "a-secret"}))
    assert python[-1] == str(tmp_path / "a.py")
    assert "a-secret" not in str(python), "every user of the machine may read it"
    script = CustomTransformer(str(tmp_path / "a.js"))
    assert command_of(script, lambda name: f"/bin/{name}")[0] == "/bin/node"
    with pytest.raises(UnrunnableError, match=r"a\.js needs node, .* install Node\.js"):
        command_of(script, lambda _name: None)
    with pytest.raises(UnrunnableError, match="neither JavaScript"):
        command_of(CustomTransformer(str(tmp_path / "a.txt")))
    with pytest.raises(UnrunnableError, match="there is no file"):
        command_of(CustomTransformer(str(tmp_path / "absent.js")))


async def test_one_that_cannot_be_started_is_told_at_once_and_rests() -> None:
    worker = Worker("/t.js", ("/nowhere/node", "/t.js"), lambda: 0.0, structlog.get_logger(), longest=1024)
    with pytest.raises(FailureError, match="No such file"):
        await worker.talk().request(b"{}", {}, {}, "")
    assert worker.resting
    await worker.aclose()


async def test_a_file_that_changes_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    file = tmp_path / "t.py"
    worker = Worker(str(file), command_of(_saying(file, 1)), lambda: 0.0, structlog.get_logger(), longest=1024)
    try:
        assert await _asked(worker) == {"said": 1}
        _saying(file, 2)  # as long as before, within the same second
        assert await _asked(worker) == {"said": 2}
        assert _names(tmp_path) == ["t.py"]
    finally:
        await worker.aclose()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _saying(file: Path, number: int) -> CustomTransformer:
    file.write_text(f"def transform_request_in(request, provider, context):\n    return {{'said': {number}}}\n")
    return CustomTransformer(str(file))


async def _asked(worker: Worker) -> Any:
    asked = await worker.talk().request(b"{}", {}, {}, "req_1")
    return msgspec.json.decode(asked.body)
