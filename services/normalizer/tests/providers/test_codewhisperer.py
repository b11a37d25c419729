"""CodeWhisperer: its addresses, and its frames as events of its dialect."""

import pytest

from fairlead.normalizer.providers.codewhisperer import CODEWHISPERER
from fairlead.shared.config.inference import infer
from fairlead.shared.failure import Failure, Kind
from fairlead.simulator.eventstream import event, exception

FRAMES = [event("assistantResponseEvent", b'{"content":"h\xc3\xa9"}'), event("meteringEvent", b'{"unit":\n"credit"}')]
EVENTS = [
    b'event: assistantResponseEvent\ndata: {"content":"h\xc3\xa9"}\n\n',
    b'event: meteringEvent\ndata: {"unit": "credit"}\n\n',
]
STREAM, ALL = b"".join(FRAMES), b"".join(EVENTS)


def read(*pieces: bytes) -> tuple[bytes, Failure | None]:
    assert CODEWHISPERER.framing is not None
    unwrapper = CODEWHISPERER.framing.unwrapper(1024)
    out = b"".join(unwrapper.feed(piece) for piece in pieces) + unwrapper.close()
    return out, unwrapper.failure


@pytest.mark.parametrize("base", ["https://q.us-east-1.amazonaws.com", "https://runtime.eu-central-1.kiro.dev/"])
@pytest.mark.parametrize("end", ["", "/generateAssistantResponse"])
def test_there_is_one_address_for_all_models(base: str, end: str) -> None:
    base = base.rstrip("/")
    urls = CODEWHISPERER.urls(base + end)
    assert (
        urls.of_answer("any", stream=True)
        == urls.of_answer("other", stream=False)
        == f"{base}/generateAssistantResponse"
    )
    assert urls.of_count("any") is None
    assert infer(base, ()) == "codewhisperer"


def test_a_stream_may_be_split_anywhere() -> None:
    for at in range(len(STREAM)):
        assert read(STREAM[:at], STREAM[at:]) == (ALL, None)


def test_a_stream_cut_inside_a_frame_is_noticed() -> None:
    for cut in range(1, len(STREAM)):
        out, failure = read(STREAM[:cut])
        assert ALL.startswith(out)
        assert (failure is None) is (cut == len(FRAMES[0]))
        assert failure is None or failure.kind is Kind.CUT


def test_an_exception_is_an_event_that_the_dialect_understands() -> None:
    out, failure = read(FRAMES[0] + exception("ThrottlingException", "slow"))
    assert (out, failure) == (EVENTS[0] + b'event: ThrottlingException\ndata: {"message": "slow"}\n\n', None)
