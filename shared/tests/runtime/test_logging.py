"""Log lines: their form, their levels, and what must never be in one."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from fairlead.shared.runtime.logging import configure, get_logger, mask


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_one_json_object(out):
    configure("info", stream=out)
    get_logger("router").bind(request_id="req_1").info("answered", status=200, path="/v1/messages")
    (line,) = lines(out)
    assert list(line)[:3] == ["time", "level", "event"]
    assert line.pop("time")
    assert line == {
        "level": "info",
        "event": "answered",
        "component": "router",
        "request_id": "req_1",
        "status": 200,
        "path": "/v1/messages",
    }


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("fatal", []),
        ("error", ["error"]),
        ("warn", ["error", "warning"]),
        ("warning", ["error", "warning"]),
        ("INFO", ["error", "warning", "info"]),
        ("trace", ["error", "warning", "info", "debug"]),
    ],
)
def test_a_level_lets_through_itself_and_what_is_graver(out, level, events):
    configure(level, stream=out)
    log = get_logger("x")
    for method in ("error", "warning", "info", "debug"):
        getattr(log, method)(method)
    assert [line["event"] for line in lines(out)] == events


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="'loud' is no log level; known are fatal, error, warn, info, debug, trace"):
        configure("loud")


def test_the_libraries_lines_have_the_same_form(out):
    configure("info", stream=out)
    logging.getLogger("uvicorn.error").warning("Invalid %s", "request")
    (line,) = lines(out)
    assert (line["level"], line["event"], line["logger"]) == ("warning", "Invalid request", "uvicorn.error")


def test_an_exception_is_part_of_its_line(out):
    configure("info", stream=out)
    try:
        int("https://user:secretword@host/")
    except ValueError:
        get_logger("x").exception("broken")
    (line,) = lines(out)
    assert "https://***@host/" in str(line["exception"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key sk-ant-api03-abcdefghijklmnop is bad", "key *** is bad"),
        ("sk-proj-abcdefghijklmnop", "***"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ***"),
        ("https://user:pass@host/path", "https://***@host/path"),
        ("https://host/v1?alt=sse&key=abc123&x=1", "https://host/v1?alt=sse&key=***&x=1"),
        ("AIzaSyA-abcdefghijklmnopqrstuvwxyz01234", "***"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def", "token ***"),
        ("ya29.abcdefghijkl", "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("desk-mounted lamp, task-oriented-programming", "desk-mounted lamp, task-oriented-programming"),
        ("claude-sonnet-4-20250514 at /v1/messages", "claude-sonnet-4-20250514 at /v1/messages"),
        ("a bearer of news", "a bearer of news"),
    ],
)
def test_what_looks_like_a_credential_is_masked(text, kept):
    assert mask(text) == kept


def test_a_credential_is_masked_wherever_it_stands(out):
    configure("info", stream=out)
    get_logger("x").info(
        "called with sk-abcdefghijklmnop",
        api_key="short",
        headers=[(b"Authorization", b"anything"), (b"accept", b"*/*")],
        nested={"x-api-key": "short", "deep": ["Bearer abcdefghijkl"]},
    )
    (line,) = lines(out)
    assert line["event"] == "called with ***"
    assert line["api_key"] == "***"
    assert line["headers"] == [["Authorization", "***"], ["accept", "*/*"]]
    assert line["nested"] == {"x-api-key": "***", "deep": ["Bearer ***"]}


def test_a_terminal_gets_plain_text(out):
    configure("info", stream=out, console=True)
    get_logger("router").info("listening", port=3456)
    assert "listening" in out.getvalue()
    assert "port=3456" in out.getvalue()
    assert not out.getvalue().startswith("{")


class Broken(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, _text):
        raise BrokenPipeError

    def flush(self):
        raise BrokenPipeError


@pytest.mark.usefixtures("out")
def test_a_line_that_cannot_be_written_is_nobodys_failure():
    configure("info", stream=Broken())
    get_logger("router").info("request")
    logging.getLogger("uvicorn.error").warning("odd")


def test_a_service_whose_streams_were_closed_logs_to_nobody_and_leaves_their_numbers_alone():
    """`router >&- 2>&-`; Python has None for such streams from its start."""
    program = """
import os, sys
from fairlead.shared.runtime.logging import configure, get_logger
configure()
get_logger("x").info("heard by nobody")
sys.exit(0 if [os.fstat(number).st_rdev for number in (1, 2)] == [os.stat(os.devnull).st_rdev] * 2 else 3)
"""
    assert (
        subprocess.run(["sh", "-c", 'exec "$0" -c "$1" >&- 2>&-', sys.executable, program], check=False).returncode == 0
    )
