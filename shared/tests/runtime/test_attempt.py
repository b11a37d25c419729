"""One attempt against a provider on a real socket: what counts as an answer, and how it reaches the client."""

import asyncio
import zlib

import httpx2
import pytest
from msgspec import structs

from fairlead.shared.conversation import Usage
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.failure import Kind
from fairlead.shared.runtime.attempt import Flowing, Limits, Refused, Whole, attempt
from fairlead.shared.runtime.http import Timeouts

JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
SAID = b'data: {"text":"hi"}\n\n'
COUNTED = b'data: {"usage":7}\n\n'
DONE = b'data: {"done":true}\n\n'


class Client:
    """Takes what is written, and can be waited for."""

    def __init__(self) -> None:
        self.got = b""
        self.changed = asyncio.Event()

    async def write(self, data: bytes) -> None:
        self.got += data
        self.changed.set()


def error(status: bytes, *headers: bytes, body: bytes = b"no") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"content-length: %d" % len(body), b"", body])


async def test_a_whole_answer_of_the_clients_own_dialect_keeps_its_bytes(provider, transport, call):
    body = b' { "text":"hi" , "usage":7, "novel": [1.0] }\n'
    provider.plays(JSON + body)
    answer = await attempt(transport, call())
    assert isinstance(answer, Whole)
    assert (answer.status, answer.body) == (200, body)
    assert answer.message is not None
    assert answer.message.usage == Usage(output=7)


async def test_the_request_goes_out_as_it_was_given(provider, transport, call):
    provider.plays(JSON + b'{"text":"hi"}')
    await attempt(transport, call(headers=[(b"x-mine", b"1"), (b"content-type", b"wrong")]))
    head, _, body = provider.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"model":"m"}'
    assert sorted(head.lower().split(b"\r\n")[1:]) == sorted(
        [
            b"x-mine: 1",
            b"content-type: application/json",
            b"accept-encoding: identity",
            b"content-length: 13",
            b"host: " + provider.url.split("/")[2].encode(),
        ]
    )


async def test_a_whole_answer_of_another_dialect_is_translated(provider, transport, call):
    provider.plays(JSON + b'{"text":"hi","usage":7}')
    answer = await attempt(transport, call(target="loud"))
    assert isinstance(answer, Whole)
    assert answer.body == b'{"text":"LOUD hi","usage":7}'


async def test_a_count_of_tokens_is_passed_on_without_a_message(provider, transport, call):
    provider.plays(JSON + b'{"input_tokens":5}')
    answer = await attempt(transport, call(counts=True))
    assert isinstance(answer, Whole)
    assert (answer.body, answer.message) == (b'{"input_tokens":5}', None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error":"slow down"}', Kind.RATE_LIMIT),
        (b'{"error":{"message":"novel"}}', Kind.MALFORMED),
        (b'[{"text":"hi"}]', Kind.MALFORMED),
        (b"{}", Kind.MALFORMED),
        (b'{"input_tokens":5}', Kind.MALFORMED),
        (b'{"text":"hi"', Kind.MALFORMED),
        (b"<!doctype html><title>Sign in</title>", Kind.MALFORMED),
        (b"service is warming up", Kind.MALFORMED),
        (b"", Kind.CUT),
        (b"  \r\n", Kind.CUT),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("head", [JSON, JSON.replace(b"application/json", b"text/html")])
async def test_a_success_that_is_no_answer_is_refused(provider, transport, call, head, body, kind, stream):
    provider.plays(head + body)
    answer = await attempt(transport, call(stream=stream))
    assert isinstance(answer, Refused)
    assert answer.failure.kind is kind


@pytest.mark.parametrize(
    "block", [b'{"type":"text","text":"\xff"}', b'{"type":"text","text":5}', b'{"type":"tool_use"}', b"{}"]
)
async def test_a_part_of_an_answer_that_cannot_be_read_is_never_the_clients_fault(provider, transport, call, block):
    provider.plays(JSON + b'{"id":"m","model":"m","content":[%b],"usage":{}}' % block)
    spoken = structs.replace(call(), source=ANTHROPIC, target=ANTHROPIC)
    answer = await attempt(transport, spoken)
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.MALFORMED


async def test_a_request_that_a_provider_calls_bad_under_a_success_stays_bad(provider, transport, call):
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}}'
    provider.plays(JSON + body)
    answer = await attempt(transport, structs.replace(call(), source=ANTHROPIC, target=ANTHROPIC))
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.BAD_REQUEST


@pytest.mark.parametrize("target", ["toy", "loud"])
async def test_a_secret_that_an_error_repeats_in_a_stream_goes_no_further(provider, transport, call, target):
    provider.plays(EVENTS + SAID, "next", b'data: {"error":"key sk-1 of sk-2 is spent"}\n\n')
    answer = await attempt(transport, call(stream=True, target=target, secrets=(b"sk-1", b"sk-2")))
    assert isinstance(answer, Flowing)
    client = Client()
    provider.go.set()
    await answer.run(client.write)
    assert client.got.endswith(b'data: {"error":"key *** of *** is spent"}\n\n')
    assert answer.pipe.progress.failure is not None
    assert answer.pipe.progress.failure.message == "key *** of *** is spent"


async def test_a_page_is_named_for_people(provider, transport, call):
    provider.plays(JSON + b"\xef\xbb\xbf\n<html>")
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    assert answer.failure.message == "acme sent a web page instead of an answer"


async def test_an_error_status_is_read_by_the_providers_dialect(provider, transport, call):
    provider.plays(error(b"503 Busy", b"retry-after: 7", b"x-should-retry: false", body=b"sorry"))
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    failure = answer.failure
    assert (failure.kind, failure.status, failure.message) == (Kind.UPSTREAM, 503, "sorry")
    assert (failure.retry_after, failure.should_retry) == (7.0, False)
    assert answer.headers == [(b"retry-after", b"7"), (b"x-should-retry", b"false")]


async def test_an_error_body_is_read_up_to_its_limit(provider, transport, call):
    provider.plays(error(b"500 No", body=b"x" * 5000))
    answer = await attempt(transport, call(limits=Limits(error_body=1000)))
    assert isinstance(answer, Refused)
    assert answer.failure.message == "x" * 1000


async def test_an_error_body_that_breaks_off_is_still_that_error(provider, transport, call):
    provider.plays(b"HTTP/1.1 429 Slow\r\ncontent-length: 50\r\n\r\nslow d")
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    assert (answer.failure.status, answer.failure.message) == (429, "slow d")


async def test_between_the_tiers_the_exact_kind_is_told(provider, transport, call):
    provider.plays(error(b"502 No", b"x-fairlead-failure: idle_timeout"))
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.IDLE_TIMEOUT


async def test_a_redirect_is_refused_as_one(provider, transport, call):
    provider.plays(error(b"307 There", b"location: http://elsewhere/"))
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.MALFORMED
    assert "redirect (307)" in answer.failure.message


async def test_a_provider_that_cannot_be_reached_is_refused(transport, call):
    answer = await attempt(transport, call(url="http://127.0.0.1:1/"))
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.UNREACHABLE
    assert answer.failure.message == "could not connect to acme: connection refused"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_cut_before_its_first_content_is_refused(provider, transport, call, stream):
    provider.plays(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n" + (COUNTED if stream else b'{"te'))
    answer = await attempt(transport, call(stream=stream))
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.CUT


async def test_a_whole_answer_has_a_limit(provider, transport, call):
    provider.plays(JSON + b'{"text":"' + b"x" * 5000 + b'"}')
    answer = await attempt(transport, call(limits=Limits(body=1000)))
    assert isinstance(answer, Refused)
    assert answer.failure.message == "acme sent an answer larger than 1000 bytes"


async def test_a_compressed_answer_is_understood_though_none_was_asked_for(provider, transport, call):
    packed = zlib.compress(b'{"text":"hi"}')
    provider.plays(b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\nconnection: close\r\n\r\n" + packed)
    answer = await attempt(transport, call())
    assert isinstance(answer, Whole)
    assert answer.body == b'{"text":"hi"}'


async def test_a_stream_of_the_clients_own_dialect_keeps_its_bytes(provider, transport, call):
    stream = b": hello\n\n" + COUNTED + SAID + SAID + DONE + b": bye\n\n"
    provider.plays(EVENTS + stream)
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Flowing)
    client = Client()
    await answer.run(client.write)
    assert client.got == stream
    assert answer.pipe.progress.usage == Usage(output=7)
    assert answer.pipe.progress.ended


async def test_a_stream_of_another_dialect_is_translated(provider, transport, call):
    provider.plays(EVENTS + SAID + DONE)
    answer = await attempt(transport, call(stream=True, target="loud"))
    assert isinstance(answer, Flowing)
    client = Client()
    await answer.run(client.write)
    assert client.got == b'data: {"text":"LOUD hi"}\n\ndata: {"done":true}\n\n'


@pytest.mark.parametrize(("target", "sign"), [("toy", b": still here\n\n"), ("loud", b'data: {"text":""}\n\n')])
async def test_a_stream_says_what_fills_its_silences(provider, transport, call, target, sign):
    provider.plays(EVENTS + SAID, "hold")
    answer = await attempt(transport, call(stream=True, target=target))
    assert isinstance(answer, Flowing)
    assert answer.keepalive() == sign
    await answer.aclose()


async def test_a_stream_is_known_by_its_content(provider, transport, call):
    provider.plays(JSON + b"da", "next", SAID[2:] + DONE)
    provider.go.set()
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Flowing)
    await answer.aclose()


async def test_nothing_is_handed_out_before_first_content(provider, transport, call):
    provider.plays(EVENTS + COUNTED, "next", SAID, "next", DONE)
    waiting = asyncio.create_task(attempt(transport, call(stream=True)))
    await provider.asked.wait()
    provider.go.set()
    answer = await waiting
    assert isinstance(answer, Flowing)
    assert answer.head == COUNTED + SAID
    await answer.aclose()


async def test_a_failure_before_first_content_is_refused(provider, transport, call):
    provider.plays(EVENTS + COUNTED + b'data: {"error":"overloaded"}\n\n')
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.message) == (Kind.OVERLOADED, "overloaded")


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (["reset"], Kind.CUT),
        ([b""], Kind.CUT),
        ([b"0\r\n\r\n"], Kind.CUT),
        (["hold"], Kind.IDLE_TIMEOUT),
        ([b"nonsense\r\n", "hold"], Kind.MALFORMED),
    ],
)
@pytest.mark.parametrize("target", ["toy", "loud"])
async def test_a_failure_after_first_content_is_told_in_the_stream(provider, transport, call, target, ending, kind):
    head = EVENTS.replace(b"connection: close", b"transfer-encoding: chunked")
    provider.plays(head + b"%x\r\n" % len(SAID) + SAID + b"\r\n", "next", *ending)
    timeouts = Timeouts(first_byte=5, idle=0.05) if kind is Kind.IDLE_TIMEOUT else Timeouts()
    answer = await attempt(transport, call(stream=True, target=target, timeouts=timeouts))
    assert isinstance(answer, Flowing)
    client = Client()
    provider.go.set()
    await answer.run(client.write)
    failure = answer.pipe.progress.failure
    assert failure is not None
    assert failure.kind is kind
    assert client.got.endswith(b'data: {"error":"' + failure.message.encode() + b'"}\n\n')


@pytest.mark.parametrize("target", ["toy", "loud"])
@pytest.mark.parametrize("spoken", [b"", SAID], ids=["before content", "after content"])
async def test_an_event_without_end_is_given_up_at_its_limit(provider, transport, call, target, spoken):
    provider.plays(EVENTS + spoken, *(["next"] if spoken else []), b'data: {"text":"', *[b"x" * 10_000] * 50, "hold")
    answer = await attempt(transport, call(stream=True, target=target, limits=Limits(event=20_000)))
    if not spoken:
        assert isinstance(answer, Refused)
        assert answer.failure.kind is Kind.MALFORMED
    else:
        assert isinstance(answer, Flowing)
        client = Client()
        provider.go.set()
        await answer.run(client.write)
        failure = answer.pipe.progress.failure
        assert failure is not None
        assert failure.kind is Kind.MALFORMED
        assert failure.message.encode() in client.got
    await provider.abandoned.wait()


async def test_a_whole_answer_is_told_as_a_stream_to_a_client_that_asked_for_one(provider, transport, call):
    provider.plays(JSON + b'{"text":"hi","usage":7}')
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Flowing)
    client = Client()
    await answer.run(client.write)
    assert client.got == b'data: {}\n\ndata: {"text":"hi"}\n\ndata: {"usage":7}\n\ndata: {"done":true}\n\n'
    assert answer.pipe.progress.usage == Usage(output=7)


async def test_a_stream_is_gathered_for_a_client_that_asked_for_none(provider, transport, call):
    provider.plays(EVENTS + SAID + SAID + COUNTED + DONE)
    answer = await attempt(transport, call())
    assert isinstance(answer, Whole)
    assert answer.body == b'{"text":"hihi","usage":7}'


async def test_a_stream_that_breaks_off_is_refused_to_a_client_that_asked_for_none(provider, transport, call):
    provider.plays(EVENTS + SAID)
    answer = await attempt(transport, call())
    assert isinstance(answer, Refused)
    assert answer.failure.kind is Kind.CUT


async def test_the_connection_is_kept_after_a_complete_stream(provider, transport, call):
    chunked = EVENTS.replace(b"connection: close", b"transfer-encoding: chunked")
    sent = SAID + DONE
    provider.plays(chunked + b"%x\r\n" % len(sent) + sent + b"\r\n", b"0\r\n\r\n", "keep")
    for _ in range(3):
        answer = await attempt(transport, call(stream=True))
        assert isinstance(answer, Flowing)
        await answer.run(Client().write)
    assert provider.connections == 1


async def test_a_cancelled_stream_closes_the_connection(provider, transport, call):
    provider.plays(EVENTS + SAID, "hold")
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Flowing)
    client = Client()
    running = asyncio.create_task(answer.run(client.write))
    await client.changed.wait()
    running.cancel()
    await provider.abandoned.wait()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("sent", [b"", EVENTS, EVENTS + COUNTED])
async def test_a_cancelled_attempt_closes_the_connection(provider, transport, call, sent):
    provider.plays(sent, "hold")
    trying = asyncio.create_task(attempt(transport, call(stream=True)))
    await provider.asked.wait()
    trying.cancel()
    await provider.abandoned.wait()
    with pytest.raises(asyncio.CancelledError):
        await trying


async def test_a_client_that_cannot_be_written_to_closes_the_connection(provider, transport, call):
    async def refuse(_data: bytes) -> None:
        raise OSError

    provider.plays(EVENTS + SAID, "hold")
    answer = await attempt(transport, call(stream=True))
    assert isinstance(answer, Flowing)
    with pytest.raises(OSError):  # noqa: PT011 - the very one
        await answer.run(refuse)
    await provider.abandoned.wait()


async def test_moments_are_noted_by_the_given_clock(provider, transport, call):
    ticks = iter(range(100))
    provider.plays(EVENTS + SAID + DONE)
    answer = await attempt(transport, call(stream=True), lambda: float(next(ticks)))
    assert isinstance(answer, Flowing)
    await answer.run(Client().write)
    timing = answer.timing
    assert (timing.sent, timing.headers, timing.first_byte, timing.content, timing.ended) == (0, 1, 2, 3, 4)


async def test_any_httpx2_transport_will_do(call):
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b'{"text":"' + request.read().hex().encode() + b'"}')

    got = await attempt(httpx2.MockTransport(answer), call(body=b"\x01"))
    assert isinstance(got, Whole)
    assert got.body == b'{"text":"01"}'
