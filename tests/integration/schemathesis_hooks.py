"""What schemathesis has to be told of our services, in its own process."""

import os
import zlib
from typing import Any

import requests
import schemathesis

MODELS = (
    "native,sim-text",
    "chat,gpt-main",
    "responses,gpt-responses",
    "gemini,gemini-3-main",
    "bedrock,sim-tool",
    "vertex-gemini,sim-tool",
    "lookalike,sim-thinking",
)
FILE = os.environ.get("DESCRIBED_CONFIG", "")
"""The router's configuration as it is to be."""


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
    """Any text will do for a model's name, and only few texts are one; what is no name stays what it is."""
    for fields in (case.body, case.path_parameters if ":" in case.operation.path else None):
        if isinstance(fields, dict) and isinstance(fields.get("model"), str) and fields["model"]:
            fields["model"] = MODELS[zlib.crc32(fields["model"].encode()) % len(MODELS)]


@schemathesis.hook
def after_call(_context: Any, case: schemathesis.Case, response: Any) -> None:
    """Puts the configuration back that a case has changed, as those that follow need their keys and providers."""
    if (
        case.operation.path in {"/api/config", "/api/config/restore"}
        and case.method == "POST"
        and response.status_code == 200
    ):
        url = f"{case.operation.base_url.rstrip('/')}/api/config"
        headers = {"x-api-key": os.environ["DESCRIBED_ADMIN_KEY"]}
        put_back = requests.post(url, json={"text": FILE}, headers=headers, timeout=20)
        assert put_back.ok, put_back.text
