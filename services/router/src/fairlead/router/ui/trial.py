"""Calls a target with the shortest question there is, to see whether it answers."""

import asyncio
from collections.abc import Callable, Mapping

import httpx2
import msgspec
from msgspec import Struct

from fairlead.shared.codec import encode

PATIENCE = 30.0
"""Seconds a target may take."""
MOST_OUTPUT = 16
"""Tokens; some models take no fewer."""
LONGEST = 300
"""Characters of an answer or an error that are shown."""


class Trial(Struct, frozen=True):
    """What became of it: `said` is the model's answer, or what went wrong."""

    route: str
    answered: bool
    said: str
    seconds: float


class _Message(Struct, frozen=True):
    content: str | None = None


class _Choice(Struct, frozen=True):
    message: _Message = _Message()


class _Error(Struct, frozen=True):
    message: str = ""


class _Answer(Struct, frozen=True):
    choices: tuple[_Choice, ...] = ()
    error: _Error = _Error()


async def trial(
    client: httpx2.AsyncClient, base_url: str, headers: Mapping[str, str], route: str, clock: Callable[[], float]
) -> Trial:
    """One call of `route`, as the normalizer at `base_url` knows it; `clock` in seconds. Never fails."""
    body = {
        "model": route,
        "messages": [{"role": "user", "content": "Answer with the word: ok"}],
        "max_tokens": MOST_OUTPUT,
    }
    began = clock()
    sent = {**headers, "content-type": "application/json", "x-fairlead-retry": "none"}
    try:
        async with asyncio.timeout(PATIENCE):
            response = await client.post(f"{base_url}/v1/chat/completions", content=encode(body), headers=sent)
    except TimeoutError:
        return Trial(route, False, f"no answer within {PATIENCE:.0f} s", clock() - began)
    except httpx2.HTTPError as error:
        return Trial(route, False, f"the normalizer does not answer ({type(error).__name__})", clock() - began)
    return _told(route, response.status_code, response.content, clock() - began)


def _told(route: str, status: int, content: bytes, seconds: float) -> Trial:
    try:
        answer = msgspec.json.decode(content, type=_Answer)
    except msgspec.MsgspecError:
        return Trial(route, False, f"an answer that cannot be read, with status {status}", seconds)
    if status != httpx2.codes.OK:
        return Trial(route, False, (answer.error.message or f"status {status}")[:LONGEST], seconds)
    said = " ".join(choice.message.content or "" for choice in answer.choices).strip()
    return Trial(route, True, said[:LONGEST] or "an answer without words", seconds)
