import json

import pytest
from bench import arrivals, bodies
from bench.answers import Speaks, WrongAnswerError, heard
from bench.crossing import Way, into_the_lane, through, whole

AGENT = bodies.agent("136k", 30_000, 0).encoded("provider,model", stream=True)
SCENE = "sim-text!chunks=6,gap=0.001"


@pytest.mark.parametrize("speaks", Speaks)
def test_a_body_reaches_each_provider_whole(speaks: Speaks) -> None:
    chat = into_the_lane(AGENT, "provider,model")
    body = Way(speaks).out_of_the_lane(chat, "model")
    arrivals.check(AGENT, body, speaks, native=False)
    less = json.loads(chat)
    del less["messages"][-1]
    with pytest.raises(WrongAnswerError, match="did not"):
        arrivals.check(AGENT, Way(speaks).out_of_the_lane(json.dumps(less).encode(), "model"), speaks, native=False)


@pytest.mark.parametrize("speaks", Speaks)
def test_each_providers_stream_comes_out_as_it_went_in(speaks: Speaks) -> None:
    way = Way(speaks)
    events = way.answered(way.out_of_the_lane(into_the_lane(AGENT, SCENE), SCENE), SCENE)
    said = heard(speaks, stream=True, status=200, kind="text/event-stream", body=b"".join(events))
    out = whole(way.pipes(), events)
    assert heard(Speaks.MESSAGES, stream=True, status=200, kind="text/event-stream", body=out) == said
    assert len(said.text) == 6 * 20
    assert out.startswith(through(way.pipes(), events[:4]))


def test_what_the_simulator_refuses_is_no_answer() -> None:
    with pytest.raises(WrongAnswerError, match="refuses"):
        Way(Speaks.CHAT).answered(b"{}", SCENE)
