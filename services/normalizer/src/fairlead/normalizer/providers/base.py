"""What there is to know of one kind of provider beyond its dialect: its addresses, its headers, its credential."""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers.listing import BY_DIALECT, Listing
from fairlead.normalizer.providers.rules import Betas, Fitted, Way, fitted, named_in_path
from fairlead.shared.config.urls import endpoint_url, models_url
from fairlead.shared.error_bodies import overflow
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.framing import Framing, Refusal
from fairlead.shared.long_context import HEADER as BETA_HEADER
from fairlead.shared.long_context import parted
from fairlead.shared.loss import Loss
from fairlead.shared.profile import PLAIN, Profile
from fairlead.shared.surfaces import SURFACES, Operation, Surface


class Urls(Struct, frozen=True):
    """Where one provider is asked. `surfaces` are for dialects that name the model in the path, below `answer`, `ways`
    for vendors that do so whatever their dialect."""

    answer: str
    count_tokens: str | None
    surfaces: Mapping[Operation, Surface] = {}
    ways: Mapping[Operation, Way] = {}

    def of_answer(self, model: str, stream: bool) -> str:
        """Where to ask for an answer. Raises `FailureError` (BAD_REQUEST): a name that no model has."""
        return self._named(Operation.ANSWER, model, stream) or self.answer

    def of_count(self, model: str) -> str | None:
        """Where to ask for a token count; None: such a provider does not count. Raises as `of_answer`."""
        return self._named(Operation.COUNT, model, False) or self.count_tokens

    def _named(self, operation: Operation, model: str, stream: bool) -> str | None:
        way = self.ways.get(operation)
        if way is not None:
            return self.answer + way.target(named_in_path(model), stream)
        surface = self.surfaces.get(operation)
        if surface is None:
            return None
        return self.answer + surface.target(named_in_path(model), stream).removeprefix(_BELOW)


_BELOW = "/v1beta/models"
"""What of a surface's path a provider's own address takes the place of."""


class Occasion(Struct, frozen=True):
    """Of one request, what an API may want told in its headers: the ids of the conversation and of the answer in it,
    and how we call ourselves."""

    session: str
    message: str
    user_agent: str


def pattern(text: str) -> re.Pattern[str]:
    """A pattern to find anywhere, whatever the case."""
    return re.compile(text, re.IGNORECASE)


class Sign(Struct, frozen=True):
    """How a failure of `kind` looks at one vendor, where its dialect would take it for another.

    `status` is HTTP's, `codes` are those of the error, `says` is found in its body or message. All that are given fit.
    """

    kind: Kind
    status: int | None = None
    codes: frozenset[str] = frozenset()
    says: re.Pattern[str] | None = None

    def fits(self, failure: Failure) -> bool:
        """Whether the failure bears this sign."""
        if self.status not in (None, failure.status) or (self.codes and failure.code not in self.codes):
            return False
        return self.says is None or bool(self.says.search(_words(failure)))


_READ = 4_096
"""Bytes of an error body in which signs are looked for."""


def _words(failure: Failure) -> str:
    return (failure.body or b"")[:_READ].decode("utf-8", "replace") or failure.message


class LongContext(Struct, frozen=True):
    """Which models the beta of `shared.long_context` gives a larger window, and which are not told of it: `takes` and
    `refuses` are found in their names, of others nothing is known. `ended_at`: hosts where it changes nothing any
    more."""

    takes: re.Pattern[str]
    refuses: re.Pattern[str]
    ended_at: frozenset[str] = frozenset()


def _as_configured(base: str) -> str:
    return base.rstrip("/")


class Vendor(Struct, frozen=True):
    """One kind of provider.

    `answers`, `counts`: the operations of `config.urls.OPERATIONS` it has, where paths do not name the model.
    `profile`: what its models understand; `models`: the profiles of those that differ, the first whose pattern is found
    in a model's name.
    `signs`: failures that its dialect would read wrongly.
    `hosts`: its own hosts. They are recognised whatever type is configured, and demand a credential.
    `scheme`: the header its keys travel in.
    `constant`: headers that every request has, unless the client's own of that name is sent on.
    `lists`: how it lists its models, where not as its dialect has it.
    `forwarded`: how the names of client headers begin that belong to its API; they are sent on in the native lane.
    `marks`: headers that are made for each request, unless the client's own of that name is sent on; None: there are
    none.

    `base`: the URL that operations stand below, out of any form of the configured one.

    For vendors that offer a dialect in a shape of their own: `ways`, how each operation is asked for instead of
    `answers` and `counts`, below `base`; `betas`, which of
    the client's it takes; `framing`, what is around its streams; `refusal`, what reads its error answers where they
    are not the dialect's.
    `long_context`: what the beta for long prompts does to its models; None: there is no such beta.
    `known_as`: its name in traces, where OpenTelemetry has another for it.
    `own`: what the names of models have in them that the maker of the dialect has made, where others serve theirs in it
    under addresses of their own. None: they are all its own, or it signs nothing.
    """

    name: str
    dialect: str
    answers: str = ""
    counts: str | None = None
    profile: Profile = PLAIN
    models: tuple[tuple[re.Pattern[str], Profile], ...] = ()
    signs: tuple[Sign, ...] = ()
    hosts: frozenset[str] = frozenset()
    scheme: Scheme = Scheme.BEARER
    constant: Mapping[str, str] = {}
    forwarded: tuple[str, ...] = ()
    marks: Callable[[Occasion], Mapping[str, str]] | None = None
    ways: Mapping[Operation, Way] = {}
    base: Callable[[str], str] = _as_configured
    betas: Betas | None = None
    framing: Framing | None = None
    refusal: Refusal | None = None
    lists: Listing | None = None
    long_context: LongContext | None = None
    own: re.Pattern[str] | None = None
    known_as: str = ""

    @property
    def listing(self) -> Listing | None:
        """How it lists its models; None: it does not, or not so that it could be told from its dialect."""
        return self.lists or (None if self.ways else BY_DIALECT.get(self.dialect))

    def profile_of(self, model: str) -> Profile:
        """What one model understands."""
        return next((profile for named, profile in self.models if named.search(model)), self.profile)

    def understood(self, failure: Failure) -> Failure:
        """The failure as this vendor means it."""
        kind = next((sign.kind for sign in self.signs if sign.fits(failure)), failure.kind)
        if kind is failure.kind:
            return failure
        message = failure.message
        if kind is Kind.CONTEXT_OVERFLOW:
            _, message = overflow(message) or (kind, "prompt is too long")
        return replace(failure, kind=kind, message=message, status=None)

    def urls(self, base: str) -> Urls:
        """The URLs below any form of a configured `api_base_url`."""
        if self.ways:
            return Urls(self.base(base), None, ways=self.ways)
        by_path = {one.operation: one for one in SURFACES if one.dialect == self.dialect and one.names_model_in_path}
        if by_path:
            return Urls(models_url(base), None, by_path)
        base = self.base(base)
        return Urls(endpoint_url(base, self.answers), endpoint_url(base, self.counts) if self.counts else None)

    def headers(self, client_headers: Mapping[str, str], *, native: bool) -> dict[str, str]:
        """The headers of this API, by lower-case name; of the client's only those that may be sent on."""
        headers = dict(self.constant)
        if native and self.forwarded:
            headers.update((name, value) for name, value in client_headers.items() if name.startswith(self.forwarded))
        return headers

    def fitted(self, operation: Operation, model: str, headers: Mapping[str, str], body: bytes) -> Fitted:
        """A request in its dialect, as it takes it."""
        way, (kept, losses) = self.ways.get(operation), self._without_long_context(model, headers)
        if self.betas is None and (way is None or way.as_it_is):
            return Fitted(kept, body, losses)
        made = fitted(way or Way(""), self.betas, self.name, model, kept, body)
        return replace(made, losses=(*losses, *made.losses))

    def _without_long_context(self, model: str, headers: Mapping[str, str]) -> tuple[dict[str, str], tuple[Loss, ...]]:
        """The headers as a model takes them: another may have been asked before it, which the beta was for."""
        kept = dict(headers)
        if BETA_HEADER not in kept or self.long_context is None or not self.long_context.refuses.search(model):
            return kept, ()
        others, taken_out = parted(kept[BETA_HEADER])
        if not taken_out:
            return kept, ()
        del kept[BETA_HEADER]
        losses = tuple([Loss(BETA_HEADER, name, f"{model} does not take this beta") for name in taken_out])
        return kept | ({BETA_HEADER: others} if others else {}), losses

    def unwrap_of(self, operation: Operation) -> Callable[[bytes], bytes] | None:
        """What takes a whole answer out of what is around it; None: nothing is."""
        way = self.ways.get(operation)
        return way.unwrap if way else None

    def accept(self, *, stream: bool) -> str:
        """The content type to ask for."""
        if not stream:
            return "application/json"
        return self.framing.content_type if self.framing else "text/event-stream"
