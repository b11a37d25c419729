"""The child that runs a transformer in Python: lines of JSON in, lines of JSON out, until the input ends.

It needs nothing but the standard library: it starts at once, and the user's module meets nothing of ours. What is said,
and who may say it when, stands in `talk.py`.
"""

import base64
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TextIO

_REQUEST, _RESPONSE = "transform_request_in", "transform_response_out"


class Host:
    """One file, and the answers it is in the middle of."""

    def __init__(self, path: Path, answers: TextIO) -> None:
        self._path = path
        self._answers = answers
        self._module: ModuleType | None = None
        self._version = -1
        self._talks: dict[int, Reading] = {}

    def hear(self, line: bytes) -> None:
        """Does what one line asks for; whatever the user's code raises is told."""
        asked = json.loads(line)
        try:
            getattr(self, asked["do"])(asked)
        except Exception as error:  # noqa: BLE001 - whatever a user's code raises is told, and the next line read all the same
            self._talks.pop(asked["id"], None)
            self._tell(asked, error=f"{type(error).__name__}: {error}")

    def load(self, asked: dict[str, Any]) -> None:
        module = self._loaded()
        self._tell(asked, loaded={"name": getattr(module, "name", self._path.stem), "unused": []})

    def request(self, asked: dict[str, Any]) -> None:
        module = self._loaded()
        context = SimpleNamespace(options=asked["options"], request=asked["body"])
        body: dict[str, Any] = asked["body"]
        config: dict[str, Any] = {}
        if hasattr(module, _REQUEST):
            said = getattr(module, _REQUEST)(body, SimpleNamespace(**asked["provider"]), context)
            if not isinstance(said, dict):
                raise TypeError(f"{_REQUEST} returns no dict")
            body, config = (said["body"], said.get("config") or {}) if "body" in said else (said, {})
        answers = hasattr(module, _RESPONSE)
        if answers:
            self._talks[asked["id"]] = Reading(getattr(module, _RESPONSE), context)
        headers = {name: None if value is None else str(value) for name, value in config.get("headers", {}).items()}
        self._tell(asked, request={"body": body, "url": config.get("url"), "headers": headers, "answers": answers})

    def response(self, asked: dict[str, Any]) -> None:
        reading = self._talks[asked["id"]]
        headers = {name.lower(): value for name, value in asked["headers"].items()}
        reading.begin(asked["status"], headers)
        self._tell(asked, head={"status": asked["status"], "headers": headers})
        self._tell(asked, pull=True)

    def data(self, asked: dict[str, Any]) -> None:
        reading = self._talks.get(asked["id"])
        if reading is not None:
            self._say(asked, reading.feed(base64.b64decode(asked["data"])))
            self._tell(asked, pull=True)

    def end(self, asked: dict[str, Any]) -> None:
        reading = self._talks.pop(asked["id"], None)
        if reading is not None:
            self._say(asked, reading.close())
            self._tell(asked, end=True)

    def drop(self, asked: dict[str, Any]) -> None:
        self._talks.pop(asked["id"], None)

    fail = drop

    def _say(self, asked: dict[str, Any], data: bytes) -> None:
        if data:
            self._tell(asked, data=base64.b64encode(data).decode())

    def _tell(self, asked: dict[str, Any], **told: Any) -> None:
        self._answers.write(json.dumps({"id": asked["id"], **told}) + "\n")
        self._answers.flush()

    def _loaded(self) -> ModuleType:
        changed = self._path.stat().st_mtime_ns
        if self._module is None or changed != self._version:
            spec = importlib.util.spec_from_file_location("custom_transformer", self._path)
            if spec is None or spec.loader is None:
                raise ImportError(f"{self._path} is no Python module")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self._module, self._version = module, changed
        return self._module


class Reading:
    """One answer: a stream is changed event by event, anything else as a whole."""

    def __init__(self, change: Any, context: SimpleNamespace) -> None:
        self._change = change
        self._context = context
        self._rest = b""
        self._stream = False

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """What is known of the answer before it comes."""
        self._stream = "event-stream" in headers.get("content-type", "")
        self._context.status, self._context.headers, self._context.stream = status, headers, self._stream

    def feed(self, data: bytes) -> bytes:
        """What these bytes complete."""
        if not self._stream:
            self._rest += data
            return b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return b"".join(map(self._line, lines))

    def close(self) -> bytes:
        """What is left."""
        rest, self._rest = self._rest, b""
        if self._stream:
            return self._line(rest) if rest else b""
        return json.dumps(self._change(json.loads(rest), self._context)).encode()

    def _line(self, line: bytes) -> bytes:
        """A line of a stream; those that hold no JSON stay."""
        field, _, value = line.partition(b":")
        if field != b"data" or not value.strip().startswith(b"{"):
            return line + b"\n"
        said = self._change(json.loads(value), self._context)
        events = said if isinstance(said, list) else [] if said is None else [said]
        return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the user prints is for people, and goes to the log.
    os.dup2(2, 1)
    path = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(path.parent))
    # Compiled code is known by the second of the change alone, and is nothing to leave in the user's folder.
    sys.dont_write_bytecode = True
    host = Host(path, answers)
    for line in sys.stdin.buffer:
        host.hear(line)


if __name__ == "__main__":
    main()
