"""How likely the tokens of a text were: https://platform.openai.com/docs/api-reference/responses/object."""

from collections.abc import Iterable
from typing import Any

import msgspec

from fairlead.shared.conversation import Logprob
from fairlead.shared.wire import openai_responses as wire


def read_logprobs(told: object) -> tuple[Logprob, ...]:
    """Tokens; none where they cannot be read, which is no reason to fail an answer that can."""
    try:
        return _tokens(msgspec.convert(told, list[wire.Logprob] | None))
    except msgspec.ValidationError:
        return ()


def _tokens(told: Iterable[wire.Logprob] | None) -> tuple[Logprob, ...]:
    return tuple([_token(one) for one in told or ()])


def _token(one: wire.Logprob) -> Logprob:
    spelt = None if one.bytes is None else tuple(one.bytes)
    return Logprob(one.token, one.logprob, spelt, None, _tokens(one.top_logprobs))


def write_logprobs(tokens: Iterable[Logprob]) -> list[dict[str, Any]]:
    """Tokens with all fields that clients expect."""
    return [{**_written(one), "top_logprobs": [_written(other) for other in one.top]} for one in tokens]


def _written(one: Logprob) -> dict[str, Any]:
    spelt = one.bytes if one.bytes is not None else tuple(one.token.encode())
    return {"token": one.token, "logprob": one.logprob, "bytes": spelt}
