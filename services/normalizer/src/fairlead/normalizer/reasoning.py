"""How hard a model thinks: one level, and what it becomes in each dialect's body, written anew or passed through.

A level changes what the neutral form says of reasoning, and the dialect of the provider writes that as it writes any
request: so there is one table of levels, the dialects' own. A body that passes through has that written for its
settings alone, and takes over the fields below; its prompt is neither read nor moved.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Raw, Struct
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode, peek
from fairlead.shared.config.schema import Provider
from fairlead.shared.conversation import Reasoning, Request
from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects.gemini.models import Budgets, family_of
from fairlead.shared.fields import camel
from fairlead.shared.loss import Loss
from fairlead.shared.profile import PLAIN, Profile
from fairlead.shared.splicing import splice

Fields: TypeAlias = Mapping[str, Raw]
"""The top-level fields of a body."""


class Wish(Struct, frozen=True):
    """How hard to think: `level` is one of `REASONING_LEVELS`. `fixed`: whatever the request says itself."""

    level: str = "auto"
    fixed: bool = False


AS_ASKED = Wish()


def wish_of(provider: Provider, model: str, suffix: str | None) -> Wish:
    """What goes for one request: the level in the model's name, or else the configured one."""
    if suffix is not None:
        return Wish(suffix, fixed=True)
    return Wish(level_of(provider, model), provider.reasoning_fixed)


def level_of(provider: Provider, model: str) -> str:
    """The configured level of a provider's model."""
    return provider.reasoning.get(model, provider.reasoning.get("*", "auto"))


class Steering(Struct, frozen=True):
    """Fields that change in a body, None for those that go, and what the model could not be told."""

    changes: Mapping[str, Raw | None] = {}
    losses: tuple[Loss, ...] = ()


UNCHANGED = Steering()


class Row(Struct, frozen=True):
    """One dialect.

    `told`: the fields that steer reasoning, by their paths; `beside`: those that may have to give way to it. `foreign`:
    those of `told` that its decoder does not know. `frame`: what else a request of its needs to be one.
    `spelled`: a field's name as `told` has it. `display`: whether those who say nothing of it are shown the thoughts.
    `stops`: whether a model that thinks by itself can be told not to.
    """

    told: tuple[tuple[str, ...], ...]
    beside: tuple[str, ...]
    frame: Callable[[Fields, Profile], Fields]
    stops: Callable[[Profile, str], bool]
    foreign: frozenset[str] = frozenset()
    spelled: Callable[[str], str] = str
    display: str | None = None


def levelled(request: Request, wish: Wish, client: str, upstream: str, profile: Profile) -> Request:
    """A request of a `client`'s dialect as it is to be written for `upstream`, both by their names."""
    row = ROWS[client]
    if wish.level == "auto" or (not wish.fixed and _says(request, row)):
        return request
    extras = request.extras
    if extras is not None and extras.dialect == client and row.foreign:
        kept = {name: raw for name, raw in extras.fields.items() if name not in row.foreign}
        extras = replace(extras, fields=kept) if kept else None
    if wish.level == "off":
        stops = ROWS[upstream].stops(profile, request.model)
        return replace(request, reasoning=Reasoning(mode="disabled") if stops else Reasoning(), extras=extras)
    said = request.reasoning
    display = said.display or row.display
    reasoning = replace(said, mode="enabled", budget_tokens=None, display=display, effort=wish.level)
    return replace(request, reasoning=reasoning, extras=extras)


def steered_by(profile: Profile, wish: Wish, request: Request) -> Profile:
    """The profile; where nothing is known of the server, a level that was configured says that its model reasons."""
    said = request.reasoning
    stops = said.mode == "disabled" or said.effort == "none"
    if profile.reasoning or stops or wish.level in ("auto", "off"):
        return profile
    return replace(profile, reasoning=profile.reasoning_if_configured)


def changes_of(fields: Fields, wish: Wish, dialect: Dialect, profile: Profile, model: str) -> Steering:
    """What changes about a body that passes through. Raises `FailureError` (BAD_REQUEST) for a setting of a wrong
    type."""
    if wish.level == "auto":
        return UNCHANGED
    row = ROWS[dialect.name]
    asked = dialect.decode_request(_settings(fields, row, profile, model))
    wanted = levelled(asked, wish, dialect.name, dialect.name, profile)
    if wanted is asked:
        return UNCHANGED
    encoded = dialect.encode_request(wanted, steered_by(profile, wish, wanted))
    written = peek(encoded.body)
    changed: dict[str, Raw | None] = {}
    for path in row.told:
        name = next((name for name in fields if row.spelled(name) == path[0]), path[0])
        changed[name] = _put(fields.get(name), path[1:], _at(written, path), row.spelled)
    if wish.level != "off":
        # What would be written were there nothing to think about, and nothing that the provider refuses.
        free = peek(dialect.encode_request(replace(asked, reasoning=Reasoning()), PLAIN).body)
        beside = {name: written.get(name) for name in row.beside if name in fields}
        changed |= {name: raw for name, raw in beside.items() if raw != free.get(name)}
    return Steering({name: raw for name, raw in changed.items() if raw != fields.get(name)}, encoded.losses)


def _says(request: Request, row: Row) -> bool:
    """Whether a request itself says how hard to think."""
    said, extras = request.reasoning, request.extras
    own = said.mode is not None or said.effort is not None or said.budget_tokens is not None
    return own or (extras is not None and not row.foreign.isdisjoint(extras.fields))


def _settings(fields: Fields, row: Row, profile: Profile, model: str) -> Fields:
    """A request with the same settings and next to no prompt."""
    names = {path[0] for path in row.told}.union(row.beside)
    settings = {name: raw for name, raw in fields.items() if row.spelled(name) in names}
    return {**settings, **row.frame(fields, profile), "model": Raw(encode(model))}


def _at(fields: Fields, path: tuple[str, ...]) -> Raw | None:
    """What is written at a path."""
    inner = fields.get(path[0])
    if inner is None or len(path) == 1:
        return inner
    return _at(decode_field(inner, dict[str, Raw], path[0]), path[1:])


def _put(raw: Raw | None, path: tuple[str, ...], value: Raw | None, spelled: Callable[[str], str]) -> Raw | None:
    """A field with a value put at a path inside it, or taken away there; nothing but that is written anew. None: there
    is nothing in it."""
    if not path:
        return value
    inner: dict[str, Raw] = {} if raw is None else decode_field(raw, dict[str, Raw] | None, path[0]) or {}
    name = next((name for name in inner if spelled(name) == path[0]), path[0])
    told = _put(inner.get(name), path[1:], value, spelled)
    if told == inner.get(name):
        return raw
    if told is None and inner.keys() <= {name}:
        return None
    return Raw(splice(bytes(raw) if raw is not None and inner else b"{}", inner, {name: told}))


# The dialects -----------------------------------------------------------------------------------


class _Role(Struct):
    role: str = ""


def _last_messages(fields: Fields, profile: Profile) -> Fields:
    """Where Claude is given a budget, the last answer and what came after it: whether that began with thinking decides
    whether there can be more."""
    if profile.thinking_modes[:1] != ("enabled",):
        return _no_messages(fields, profile)
    messages: list[Raw] = decode_field(fields.get("messages", Raw(b"[]")), list[Raw], "messages")
    last = len(messages) - 1
    while last > 0 and decode_field(messages[last], _Role, f"messages[{last}]").role != "assistant":
        last -= 1
    return {"messages": Raw(encode(messages[max(last, 0) :])), **_tools(fields)}


def _no_messages(fields: Fields, _profile: Profile) -> Fields:
    return {"messages": Raw(b"[]"), **_tools(fields), **_stream(fields)}


def _tools(fields: Fields) -> Fields:
    """One tool, if there are any; all of them where something is said of which to call."""
    tools: list[Raw] = decode_field(fields.get("tools", Raw(b"[]")), list[Raw] | None, "tools") or []
    return {"tools": Raw(encode(tools if "tool_choice" in fields else tools[:1]))} if tools else {}


def _stream(fields: Fields) -> Fields:
    return {"stream": fields["stream"]} if "stream" in fields else {}


_NOT_BY_EFFORT = frozenset({"thinking", "thinking.budget_tokens", "enable_thinking"})


def _can_stop_chat(profile: Profile, _model: str) -> bool:
    switched = not _NOT_BY_EFFORT.isdisjoint(profile.reasoning)
    return profile.thinks and bool(profile.reasoning) and (switched or "none" in profile.efforts)


def _can_stop_claude(profile: Profile, _model: str) -> bool:
    return profile.thinks and not {"disabled", "between_tools"}.isdisjoint(profile.thinking_modes)


def _can_stop_gemini(_profile: Profile, model: str) -> bool:
    thinking = family_of(model).thinking
    return isinstance(thinking, Budgets) and thinking.off is not None


ROWS: Mapping[str, Row] = {
    "anthropic": Row(
        told=(("thinking",), ("output_config", "effort")),
        beside=("max_tokens", "temperature", "top_p", "top_k", "tool_choice"),
        frame=_last_messages,
        stops=_can_stop_claude,
    ),
    "openai": Row(
        told=(("reasoning_effort",), ("reasoning",), ("thinking",), ("enable_thinking",), ("thinking_budget",)),
        beside=(
            *("temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"),
            *("logit_bias", "tool_choice"),
        ),
        frame=_no_messages,
        stops=_can_stop_chat,
        foreign=frozenset({"enable_thinking", "thinking_budget"}),
    ),
    "openai-responses": Row(
        told=(("reasoning",),),
        beside=("temperature", "top_p", "top_logprobs"),
        frame=lambda *_: {"input": Raw(b"[]")},
        stops=_can_stop_chat,
    ),
    "gemini": Row(
        told=(("generationConfig", "thinkingConfig"),),
        beside=(),
        frame=lambda *_: {"contents": Raw(b"[]")},
        stops=_can_stop_gemini,
        spelled=camel,
        display="omitted",
    ),
    "codewhisperer": Row(
        told=(), beside=(), frame=lambda *_: {}, stops=lambda profile, _: "thinking" in profile.reasoning
    ),
}
"""Adding a dialect is a row."""
