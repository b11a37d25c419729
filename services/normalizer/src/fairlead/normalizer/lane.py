"""Which way a request's body goes upstream: as the client's own bytes, or written anew in the provider's dialect."""

from collections.abc import Mapping

from msgspec import Raw, Struct, structs

from fairlead.shared.codec import decode_field, encode, peek
from fairlead.shared.conversation import ServerTool, Tool, Unknown
from fairlead.shared.dialect import Dialect, ProviderDialect
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.dialects.anthropic.signed import legible, signed_for
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.provenance import MARK
from fairlead.shared.splicing import splice
from fairlead.shared.surfaces import Surface

from .reasoning import AS_ASKED, Wish, changes_of, levelled, steered_by
from .transformers import AS_IT_IS, Adjustment

_EXTENSIONS: Mapping[str, tuple[bytes, ...]] = {
    "openai": (
        b'"fairlead"',
        b'"fairlead.block"',
        b'"fairlead.tool"',
        b'"reasoning_details"',
        b'"cache_control"',
        b'"is_error"',
        b'"defer_loading"',
        b'"file_url"',
    ),
}
"""The fields we add to a dialect, as JSON text. Inside a string the quotes would be escaped, so finding one is finding
the token; a value of that name costs no more than writing the body anew. Words that other vendors use too
(`reasoning_content`, `thinking`) are not here: a client that sends those to its provider means them."""


_SEALED = b'"%s' % MARK.encode()

_NO_CHANGES: Mapping[str, Raw | None] = {}


class Wanted(Struct, frozen=True):
    """What a client asked for, before anything is decided. `fields` hold what the path says too; `own_words`: it, not
    our router, wrote the body."""

    dialect: Dialect
    surface: Surface
    fields: Mapping[str, Raw]
    body: bytes
    own_words: bool

    @property
    def model(self) -> str:
        """Raises `FailureError` (BAD_REQUEST) where there is none."""
        raw = self.fields.get("model")
        if raw is None:
            raise refuse(Kind.BAD_REQUEST, "model: Field required", param="model")
        model: str = decode_field(raw, str, "model")
        return model


class Prepared(Struct, frozen=True):
    """A body for the provider. `usage`: whether the client wants it told in a stream. `tools`: what it offered, where
    its answer will be translated back. `counts`: it is to be counted, not answered."""

    body: bytes
    stream: bool
    usage: bool = True
    losses: tuple[Loss, ...] = ()
    tools: tuple[Tool | ServerTool | Unknown, ...] = ()
    counts: bool = False


def prepare(
    wanted: Wanted,
    upstream: ProviderDialect,
    profile: Profile,
    model: str,
    adjustment: Adjustment = AS_IT_IS,
    wish: Wish = AS_ASKED,
    maker: str | None = None,
) -> Prepared:
    """The body that asks `upstream` for what `wanted` asks for, from its model called `model`.

    A provider of the client's dialect gets the client's bytes, with nothing changed but `model`, the fields that tell
    `wish` and those that `adjustment` patches, unless they hold fields of ours that it does not know, or the adjustment
    rewrites requests. Reasoning that only others can read is left out. `maker` signs this model's reasoning, where that
    is not who made the dialect.
    Raises `FailureError` (BAD_REQUEST).
    """
    same = wanted.dialect.name == upstream.name
    if same and not adjustment.rewrites_requests and (profile.extensions or not _holds_ours(wanted)):
        steering = changes_of(wanted.fields, wish, wanted.dialect, profile, model)
        changes, losses = read_by(wanted, maker, steering.changes)
        body = as_written(wanted, model, changes)
        return Prepared(_patched(body, adjustment), _streams(wanted.fields), losses=(*steering.losses, *losses))
    asked = structs.replace(wanted.dialect.decode_request(wanted.fields), model=model)
    if maker is not None:
        asked = signed_for(asked, maker)
    profile = adjustment.profile(profile, model)
    steered = levelled(asked, wish, wanted.dialect.name, upstream.name, profile)
    profile = steered_by(profile, wish, steered)
    request = adjustment.request(steered)
    if same and not request.stream_usage:
        # The answer passes through as it comes, so what the client does not want must not come.
        profile = structs.replace(profile, stream_usage=False)
    encoded = upstream.encode_request(request, profile)
    body = _patched(encoded.body, adjustment)
    return Prepared(body, asked.stream, request.stream_usage, encoded.losses, asked.tools)


def read_by(
    wanted: Wanted, maker: str | None, changes: Mapping[str, Raw | None] = _NO_CHANGES
) -> tuple[Mapping[str, Raw | None], tuple[Loss, ...]]:
    """`changes`, and those without which `maker` (None: who made the dialect) could not read all reasoning."""
    if wanted.dialect.name != ANTHROPIC.name:
        return changes, ()
    fields = {**wanted.fields, **{name: raw for name, raw in changes.items() if raw is not None}}
    read = legible(fields, maker or ANTHROPIC.name)
    lost = Loss("thinking", "messages", "reasoning that another maker has signed")
    return {**changes, **read.changes}, (lost,) * read.lost


def _patched(body: bytes, adjustment: Adjustment) -> bytes:
    if not adjustment.patches:
        return body
    written = peek(body)
    wanted = adjustment.fields(written)
    gone: dict[str, Raw | None] = dict.fromkeys(written.keys() - wanted.keys())
    return splice(body, written, {**gone, **{name: raw for name, raw in wanted.items() if raw != written.get(name)}})


def as_written(wanted: Wanted, model: str, changes: Mapping[str, Raw | None] = _NO_CHANGES) -> bytes:
    """The client's bytes but for these `changes` of fields, and for `model` where it differs and the body names it.
    Fields that only this surface has are left out."""
    surface, in_path = wanted.surface, wanted.surface.names_model_in_path
    if surface.apart:
        changes = {**changes, **{name: None for name in wanted.fields if name in surface.apart}}
    elif not in_path and wanted.model != model:
        changes = {**changes, "model": Raw(encode(model))}
    if not changes:
        return wanted.body
    return splice(wanted.body, peek(wanted.body) if in_path else wanted.fields, changes)


def _holds_ours(wanted: Wanted) -> bool:
    """Whether the body may hold anything that is left out, or said otherwise, by writing it anew."""
    return _is_ours(wanted) or _is_sealed(wanted)


def _is_ours(wanted: Wanted) -> bool:
    """Whether the body may hold what only we understand: there are dialects to which we add nothing."""
    tokens = _EXTENSIONS.get(wanted.dialect.name)
    return tokens is not None and (not wanted.own_words or any(token in wanted.body for token in tokens))


def _is_sealed(wanted: Wanted) -> bool:
    """Whether it may hold reasoning of other makers that is left out by writing the body anew."""
    return wanted.dialect.name != ANTHROPIC.name and _SEALED in wanted.body


def _streams(fields: Mapping[str, Raw]) -> bool:
    raw = fields.get("stream")
    return raw is not None and bool(decode_field(raw, bool | None, "stream"))
