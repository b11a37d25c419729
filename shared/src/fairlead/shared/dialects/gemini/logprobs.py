"""How likely the tokens of an answer were: https://ai.google.dev/api/generate-content#LogprobsResult."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.conversation import Block, Logprob, Text
from fairlead.shared.wire import gemini as wire


def read_logprobs(raw: Raw) -> tuple[Logprob, ...]:
    """The chosen tokens with the likeliest in place of each; none where it cannot be read."""
    try:
        result = msgspec.json.decode(raw, type=wire.LogprobsResult)
    except msgspec.ValidationError:
        return ()
    tops = [[_token(one) for one in top.candidates] for top in result.top_candidates]
    tops += [[] for _ in result.chosen_candidates[len(tops) :]]
    return tuple([_token(one, top) for one, top in zip(result.chosen_candidates, tops, strict=False)])


def _token(one: wire.LogprobsCandidate, top: Sequence[Logprob] = ()) -> Logprob:
    return Logprob(one.token, one.log_probability, None, one.token_id, tuple(top))


def spread(blocks: Sequence[Block], tokens: Sequence[Logprob]) -> list[Block]:
    """The blocks with the tokens on the texts they make up: each takes what it is long, the last the rest."""
    told, start = list(blocks), 0
    texts = [place for place, block in enumerate(blocks) if isinstance(block, Text)]
    for place in texts:
        block, end = blocks[place], start
        assert isinstance(block, Text)
        length = len(block.text) if place != texts[-1] else None
        while end < len(tokens) and (length is None or length > 0):
            length = None if length is None else length - len(tokens[end].token)
            end += 1
        told[place] = msgspec.structs.replace(block, logprobs=tuple(tokens[start:end]))
        start = end
    return told


def write_logprobs(tokens: Sequence[Logprob]) -> dict[str, Any]:
    """The entry of a candidate, or nothing."""
    if not tokens:
        return {}
    result: dict[str, Any] = {"chosenCandidates": [_written(one) for one in tokens]}
    if any(one.top for one in tokens):
        result["topCandidates"] = [{"candidates": [_written(other) for other in one.top]} for one in tokens]
    return {"logprobsResult": result}


def write_average(tokens: Sequence[Logprob]) -> dict[str, Any]:
    """The mean over a whole answer, or nothing."""
    return {"avgLogprobs": sum(one.logprob for one in tokens) / len(tokens)} if tokens else {}


def _written(one: Logprob) -> dict[str, Any]:
    told: dict[str, Any] = {"token": one.token, "logProbability": one.logprob}
    return told if one.id is None else {**told, "tokenId": one.id}
