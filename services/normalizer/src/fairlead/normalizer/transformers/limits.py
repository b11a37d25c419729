"""Transformers about the size of the answer and the chance in it: `maxtoken`, `sampling`, `maxcompletiontokens`."""

from functools import partial

from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode
from fairlead.shared.config.transformers import MaxToken, Sampling
from fairlead.shared.conversation import Request
from fairlead.shared.profile import Profile

from .adjustment import Adjustment, Fields


def maxtoken(options: MaxToken) -> Adjustment:
    """No answer longer than `max_tokens`."""
    return _capped(options.max_tokens)


def sampling(options: Sampling) -> Adjustment:
    """No answer longer than `max_tokens`, and the other options in place of what the client said."""
    forced = {name: value for name in _SAMPLING if (value := getattr(options, name)) is not None}
    capped = _capped(options.max_tokens)
    if not forced and options.repetition_penalty is None:
        return capped
    return Adjustment(
        profiles=(partial(_allowed, frozenset(forced)),),
        rewrites=(*capped.rewrites, lambda request: replace(request, sampling=replace(request.sampling, **forced))),
        patches=() if options.repetition_penalty is None else (partial(_penalized, options.repetition_penalty),),
    )


def maxcompletiontokens(_options: object) -> Adjustment:
    """The limit goes by its newer name."""
    return Adjustment(profiles=(lambda profile, _: replace(profile, max_tokens_field="max_completion_tokens"),))


_SAMPLING = ("temperature", "top_p", "top_k")


def _capped(cap: int | None) -> Adjustment:
    return Adjustment() if cap is None else Adjustment(rewrites=(partial(_cap, cap),))


def _cap(cap: int, request: Request) -> Request:
    """A request without a limit keeps none."""
    limit = request.max_tokens
    return request if limit is None or limit <= cap else replace(request, max_tokens=cap)


def _allowed(names: frozenset[str], profile: Profile, _model: str) -> Profile:
    return replace(profile, without=profile.without - names, top_k=profile.top_k or "top_k" in names)


def _penalized(penalty: float, fields: Fields) -> Fields:
    return {**fields, "repetition_penalty": Raw(encode(penalty))}
