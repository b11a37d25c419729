"""The child that runs a user's `route(facts)`: a line of JSON in, a line of JSON out, until the input ends.

It needs nothing but the standard library: it starts at once, and the user's module meets nothing of ours.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the user prints is for people, and goes to the log.
    os.dup2(2, 1)
    sys.path.insert(0, str(path.parent))
    # Compiled code is known by the second of the change alone, and is nothing to leave in the user's folder.
    sys.dont_write_bytecode = True
    module, version = None, -1
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            changed = path.stat().st_mtime_ns
            if module is None or changed != version:
                module, version = _loaded(path), changed
            answer = {"said": module.route(_facts(asked["facts"]))}
        except Exception as error:  # noqa: BLE001 - whatever a user's code raises is told, and the next request asked all the same
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps({"id": asked["id"], **answer}, default=str) + "\n")
        answers.flush()


def _facts(told: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**told)


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("custom_router", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
