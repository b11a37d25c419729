"""Streams that the `anthropic` SDK's own tests are made of mean the same to it after they have crossed fairlead.

They stand in the SDK's source distribution alone, which is unpacked where FAIRLEAD_CLIENTS says or in `.clients`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.translation import PassedThrough, Pipe, Translated

from .stack import ROOT, required

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
CLIENT = ReplyContext("r1", 5, "m")
LANE = ReplyContext("r1", 5, "m", extensions=True)
FIGURES = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
FOLDER = Path(os.environ.get("FAIRLEAD_CLIENTS", ROOT / ".clients"))
RECORDINGS = sorted(
    path
    for kind in ("tests/lib/streaming/fixtures/*.txt", "tests/fixtures/*/*.sse")
    for path in FOLDER.glob(f"anthropic-source-*/{kind}")
)

Meaning = tuple[dict[str, Any], list[int]]


def recordings() -> list[Any]:
    """Those that are there; where there are none, one that says so."""
    if RECORDINGS:
        return [pytest.param(path, id=path.stem) for path in RECORDINGS]
    absent = "the source of the anthropic SDK is neither in .clients nor where FAIRLEAD_CLIENTS says"
    marks = () if required("other-clients") else pytest.mark.skip(reason=absent)
    return [pytest.param(FOLDER / "absent", id="absent", marks=marks)]


def through(*pipes: Pipe) -> Callable[[bytes], bytes]:
    """What comes out of the last, byte by byte."""

    def crossed(stream: bytes) -> bytes:
        for pipe in pipes:
            stream = b"".join([pipe.feed(stream[at : at + 1]) for at in range(len(stream))]) + pipe.close()
        return stream

    return crossed


def meaning(stream: bytes) -> Meaning:
    """What the SDK makes of a stream: the message, and its counts; some make it fail, with a `ValueError`."""
    told = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx2.Client(transport=httpx2.MockTransport(lambda _: told))
    with anthropic.Anthropic(api_key="k", base_url="http://x", http_client=transport, max_retries=0) as client:
        asked: Any = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "x"}]}
        try:
            with client.beta.messages.stream(**asked) as answer:
                message = answer.get_final_message().to_dict()
        except ValueError as error:
            return {"fails": type(error).__name__}, []
    usage: Any = message.pop("usage")
    message.pop("id")
    return message, [usage.get(figure) or 0 for figure in FIGURES]


@pytest.mark.parametrize("recording", recordings())
def test_a_recording_is_passed_byte_for_byte_and_its_last_event_is_ended(recording: Path) -> None:
    """Most were saved without the blank line after it, as some servers leave it out."""
    stream = recording.read_bytes()
    assert through(PassedThrough(ANTHROPIC, "r1"))(stream) == stream.rstrip(b"\n") + b"\n\n"


@pytest.mark.parametrize("recording", recordings())
def test_a_recording_means_the_same_after_the_lane(recording: Path) -> None:
    stream = recording.read_bytes()
    lane = through(Translated(ANTHROPIC, OPENAI, LANE), Translated(OPENAI, ANTHROPIC, CLIENT))
    assert meaning(lane(stream)) == meaning(stream)


@pytest.mark.parametrize("recording", recordings())
def test_a_recording_means_the_same_after_a_translation_into_itself(recording: Path) -> None:
    stream = recording.read_bytes()
    assert meaning(through(Translated(ANTHROPIC, ANTHROPIC, CLIENT))(stream)) == meaning(stream)
