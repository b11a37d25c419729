"""Short words for generateContent requests in tests."""

import json
from typing import Any

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Request, Text, Turn
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.profile import PLAIN

NEW, OLD = "gemini-3.8-flash", "gemini-2.5-flash"
STAND_IN = "skip_thought_signature_validator"


def read(*contents: Any, **fields: Any) -> Request:
    body = {"model": NEW, "stream": False, "contents": contents, **fields}
    return GEMINI.decode_request(peek(json.dumps(body).encode()))


def write(request: Request) -> dict[str, Any]:
    return json.loads(GEMINI.encode_request(request, PLAIN).body)  # type: ignore[no-any-return]


def losses(request: Request) -> list[str]:
    return [loss.what for loss in GEMINI.encode_request(request, PLAIN).losses]


def ask(*turns: Turn, model: str = NEW, **fields: Any) -> Request:
    return Request(model, turns, **fields)


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def call(name: str = "f", signature: str | None = None, **fields: Any) -> dict[str, Any]:
    part: dict[str, Any] = {"functionCall": {"name": name, **fields}}
    return part if signature is None else {**part, "thoughtSignature": signature}


def answer(name: str = "f", response: Any = None, **fields: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response or {"output": "r"}, **fields}}


HELLO = Turn("user", (Text("hello"),))
