"""An attempt against a provider that puts something around its dialect: angle brackets, an exclamation mark at the end
of what can be read, and errors in words of its own."""

from collections.abc import Mapping

import pytest

from fairlead.shared.failure import Failure, Kind
from fairlead.shared.framing import Framing
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole, attempt

SAID, DONE = b'data: {"text":"hi"}\n\n', b'data: {"done":true}\n\n'


class Brackets:
    """Takes them off; "!" is a fault, and a bracket left open at the end is one too."""

    def __init__(self, _limit: int) -> None:
        self.failure: Failure | None = None
        self._open = False

    def feed(self, chunk: bytes) -> bytes:
        readable, fault, _ = chunk.partition(b"!")
        if fault:
            self.failure = Failure(Kind.MALFORMED, "an exclamation mark")
        self._open = readable.rfind(b"<") > readable.rfind(b">")
        return readable.replace(b"<", b"").replace(b">", b"")

    def close(self) -> bytes:
        if self._open:
            self.failure = Failure(Kind.CUT, "an open bracket")
        return b""


FRAMING = Framing("application/x-brackets", Brackets)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-brackets\r\nconnection: close\r\n\r\n"


class Client:
    def __init__(self) -> None:
        self.got = b""

    async def write(self, data: bytes) -> None:
        self.got += data


@pytest.mark.parametrize("target", ["toy", "loud"])
async def test_what_is_around_a_stream_is_taken_off_before_anybody_reads_it(provider, transport, call, target):
    provider.plays(HEAD + b"<" + SAID + b"><", DONE + b">")
    answer = await attempt(transport, call(stream=True, target=target, framing=FRAMING))
    assert isinstance(answer, Flowing)
    client = Client()
    await answer.run(client.write)
    assert answer.pipe.progress.ended
    assert b"<" not in client.got
    assert client.got.endswith(DONE)


async def test_a_wrapped_stream_is_gathered_for_a_client_that_asked_for_none(provider, transport, call):
    provider.plays(HEAD + b"<" + SAID + DONE + b">")
    answer = await attempt(transport, call(framing=FRAMING))
    assert isinstance(answer, Whole)
    assert answer.body == b'{"text":"hi","usage":0}'


async def test_an_answer_that_says_to_be_something_else_is_read_as_it_is(provider, transport, call):
    provider.plays(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n" + b'{"text":"a<b!"}'
    )
    answer = await attempt(transport, call(framing=FRAMING))
    assert isinstance(answer, Whole)
    assert answer.body == b'{"text":"a<b!"}'


@pytest.mark.parametrize(("ending", "kind"), [(b"!" + DONE, Kind.MALFORMED), (b"<", Kind.CUT)])
async def test_a_fault_before_the_first_content_is_a_refusal(provider, transport, call, ending, kind):
    provider.plays(HEAD + b"<data: {}\n\n>" + ending)
    answer = await attempt(transport, call(stream=True, framing=FRAMING))
    assert isinstance(answer, Refused)
    assert answer.failure.kind is kind


@pytest.mark.parametrize(("ending", "kind"), [(b"!" + DONE, Kind.MALFORMED), (b"<", Kind.CUT)])
async def test_a_fault_after_the_first_content_is_told_in_the_stream_behind_what_could_be_read(
    provider, transport, call, ending, kind
):
    provider.plays(HEAD + b"<" + SAID + b">", "next", SAID + ending)
    answer = await attempt(transport, call(stream=True, framing=FRAMING))
    assert isinstance(answer, Flowing)
    client = Client()
    provider.go.set()
    await answer.run(client.write)
    failure = answer.pipe.progress.failure
    assert failure is not None
    assert failure.kind is kind
    assert client.got == SAID + SAID + b'data: {"error":"' + failure.message.encode() + b'"}\n\n'


async def test_a_whole_answer_is_taken_out_of_what_is_around_it(provider, transport, call):
    provider.plays(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n" + b'{"n":5}')
    answer = await attempt(transport, call(counts=True, unwrap=lambda body: body.replace(b"n", b"input_tokens")))
    assert isinstance(answer, Whole)
    assert answer.body == b'{"input_tokens":5}'


async def test_an_error_is_read_by_who_knows_the_upstreams_own_words(provider, transport, call):
    def read(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        return Failure(Kind.BILLING, f"{headers['x-what']} {body.decode()}", status=status)

    provider.plays(b"HTTP/1.1 402 No\r\nX-What: pay\r\ncontent-length: 3\r\n\r\nnow")
    answer = await attempt(transport, call(refusal=read))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.message, answer.failure.status) == (Kind.BILLING, "pay now", 402)
