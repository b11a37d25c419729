"""Takes a request for a Bedrock model out of its wrapping, or refuses what Bedrock refuses about it."""

import base64
import re
from typing import Any
from urllib.parse import unquote

import msgspec

from ...http1 import Request
from ...sigv4 import signature_of
from ..dialect import Endpoint, Refusal, names

VERSION = "bedrock-2023-05-31"
FIELDS = names(
    "anthropic_beta anthropic_version context_management max_tokens messages metadata output_config safeguards "
    "stop_sequences system temperature thinking tool_choice tools top_k top_p"
)
_BETAS = re.compile(
    r"(computer-use|fine-grained-tool-streaming|interleaved-thinking|thinking-binding-controls|context-1m|effort"
    r"|thinking-display-updates|tool-search-tool|compact|context-management|dangerous-tool-use"
    r"|mid-conversation-(output-config|tool-changes))-20\d\d-\d\d-\d\d"
)
_PROFILE = re.compile(r"(us|us-gov|eu|apac|jp|au|ca|global)\.anthropic\.")
_PATH = re.compile(r"/model/(?P<model>[^/]+)/(?P<action>invoke|invoke-with-response-stream|count-tokens)\Z")
_NOT_COUNTED = frozenset({"max_tokens", "temperature", "top_p", "top_k", "stop_sequences", "metadata"})
_OURS = frozenset({"anthropic_version", "anthropic_beta"})


class Address(msgspec.Struct, frozen=True):
    """What stands in a path."""

    model: str
    action: str


class _InvokeModel(msgspec.Struct):
    body: str


class _Input(msgspec.Struct):
    invoke_model: _InvokeModel = msgspec.field(name="invokeModel")


class _Count(msgspec.Struct):
    input: _Input


def address(path: str) -> Address | None:
    """None for paths that are not Bedrock's."""
    found = _PATH.search(path)
    return Address(unquote(found["model"]), found["action"]) if found else None


def unpacked(asked: Request, endpoint: Endpoint, *, strict: bool) -> Request | Refusal:
    """The request as the model's own maker would be asked."""
    found = address(asked.path)
    assert found is not None
    if strict and (refused := _unsigned(asked)) is not None:
        return refused
    if endpoint is Endpoint.COUNT and _PROFILE.match(found.model):
        return Refusal(400, "The provided model doesn't support counting tokens.")
    try:
        fields: dict[str, Any] = msgspec.json.decode(_body(asked.body, endpoint), type=dict[str, Any])
    except (msgspec.DecodeError, ValueError) as error:
        return Refusal(400, f"Malformed input request: {error}, please reformat your input and try again.")
    if strict and (complaint := _complaint(fields)) is not None:
        return Refusal(400, complaint)
    dropped = _OURS | (_NOT_COUNTED if endpoint is Endpoint.COUNT else frozenset())
    kept = {name: value for name, value in fields.items() if name not in dropped}
    if endpoint is Endpoint.GENERATE:
        kept["stream"] = found.action == "invoke-with-response-stream"
    body = msgspec.json.encode({"model": found.model, **kept})
    return msgspec.structs.replace(asked, body=body, headers=(*asked.headers, ("anthropic-version", "2023-06-01")))


def _body(body: bytes, endpoint: Endpoint) -> bytes:
    if endpoint is Endpoint.GENERATE:
        return body
    return base64.b64decode(msgspec.json.decode(body, type=_Count).input.invoke_model.body, validate=True)


def _unsigned(asked: Request) -> Refusal | None:
    """Who signs, signs for this service, and sends the day; a key of Bedrock's own is a bearer token."""
    authorization = asked.header("authorization") or ""
    if authorization.startswith("Bearer "):
        return None
    signature = signature_of(authorization)
    if signature is None:
        return Refusal(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    if signature.scope.split("/")[2] != "bedrock":
        text = "Credential should be scoped to correct service: 'bedrock'."
        return Refusal(403, text, "InvalidSignatureException")
    return None


def _complaint(fields: dict[str, Any]) -> str | None:
    if fields.get("anthropic_version") != VERSION:
        return "anthropic_version: Field required"
    if extra := sorted(fields.keys() - FIELDS):
        return f"{extra[0]}: Extra inputs are not permitted"
    if "max_tokens" not in fields:
        return "max_tokens: Field required"
    betas = fields.get("anthropic_beta", [])
    if not isinstance(betas, list) or not all(isinstance(each, str) and _BETAS.fullmatch(each) for each in betas):
        return "invalid beta flag"
    return _misplaced(fields)


def _misplaced(fields: dict[str, Any]) -> str | None:
    """Fields inside that the maker takes and Bedrock does not."""
    for at, tool in enumerate(fields.get("tools") or ()):
        if isinstance(tool, dict) and (extra := sorted(tool.keys() & {"custom", "eager_input_streaming"})):
            return f"tools.{at}.custom.{extra[0]}: Extra inputs are not permitted"
    for edit in (fields.get("context_management") or {}).get("edits", []):
        if edit.get("type") == "clear_thinking_20251015":
            return "context_management.edits.0: Input tag 'clear_thinking_20251015' is not supported"
    for name in ("system", "messages", "tools"):
        if _is_scoped(fields.get(name)):
            return f"{name}.0.cache_control.ephemeral.scope: Extra inputs are not permitted"
    return None


def _is_scoped(value: Any) -> bool:
    """Whether a cache mark of any block in there has a scope."""
    if isinstance(value, list):
        return any(_is_scoped(each) for each in value)
    if not isinstance(value, dict):
        return False
    mark = value.get("cache_control")
    return (isinstance(mark, dict) and "scope" in mark) or _is_scoped(value.get("content"))
