"""What is kept of requests."""

from fairlead.simulator.http1 import Request
from fairlead.simulator.recorder import Recorder, fingerprint, shown_headers, shown_target


def request(body: bytes = b"", *headers: tuple[str, str]) -> Request:
    return Request("POST", "/v1/messages?beta=true", headers, body)


def test_a_record_holds_the_request_as_it_came() -> None:
    recorder = Recorder()
    record = recorder.opened(request(b"x", ("X-A", "1")), connection=3, at=1.5)
    assert list(recorder) == [record]
    assert (record.number, record.connection, record.received_at) == (1, 3, 1.5)
    assert (record.target, record.body, record.header("x-a")) == ("/v1/messages?beta=true", b"x", "1")
    assert not record.finished


def test_the_oldest_records_go_first() -> None:
    recorder = Recorder(max_records=2)
    for _ in range(3):
        recorder.opened(request(), connection=1, at=0)
    assert [record.number for record in recorder] == [2, 3]


def test_bodies_are_bounded_together_but_the_last_is_kept() -> None:
    recorder = Recorder(max_bytes=10)
    for size in (6, 4, 5, 100):
        recorder.opened(request(b"x" * size), connection=1, at=0)
        if size == 5:
            assert [len(record.body) for record in recorder] == [4, 5]
    assert [len(record.body) for record in recorder] == [100]


def test_numbers_go_on_after_clearing() -> None:
    recorder = Recorder()
    recorder.opened(request(), connection=1, at=0)
    recorder.clear()
    assert len(recorder) == 0
    assert recorder.opened(request(), connection=1, at=0).number == 2


def test_credentials_are_shown_as_fingerprints() -> None:
    record = Recorder().opened(
        request(b"", ("Authorization", "Bearer secret"), ("x-api-key", "secret"), ("accept", "secret")),
        connection=1,
        at=0,
    )
    shown = dict(shown_headers(record))
    assert shown["accept"] == "secret"
    assert shown["Authorization"] == "Bearer " + shown["x-api-key"] == fingerprint("Bearer secret")
    assert "secret" not in shown["x-api-key"]


def test_a_key_in_the_query_is_shown_as_its_fingerprint() -> None:
    record = Recorder().opened(Request("POST", "/v1/m?alt=sse&key=secret&a=b", (), b""), connection=1, at=0)
    assert shown_target(record) == f"/v1/m?alt=sse&key={fingerprint('secret')}&a=b"
