"""What people read of a decision: the whole page once, and each line that is not always there."""

from typing import Any

import msgspec
import pytest

from fairlead.router.cli.explained import Difference, Explained, Replay, replayed, text

FACTS = {"size": 136_000, "stream": True, "thinking": True, "tools": 12, "image_now": False, "session": "s-1"}
NATIVE = {
    "route": "p,native",
    "position": None,
    "score": 0.5,
    "passed_over": "it asked for a pause of 20 s",
    "estimate_usd": 0.0123,
    "context_window": 200_000,
    "standing": {"state": "closed", "until": 20.0, "throttled": True, "used": 0.85, "reliability": 0.9},
}
SECOND = {"route": "p,second", "position": 0, "score": 0.25, "standing": {"state": "closed"}}
TOLD: dict[str, Any] = {
    "id": "dec_1",
    "at": 1_700_000_000.0,
    "request_id": "req_1",
    "asked": "claude-opus-4-8",
    "scenario": "default",
    "strategy": "intelligent",
    "why": "no other scenario applies",
    "facts": FACTS,
    "tokens": {"exact": None, "guess": 34_000, "bound": 170_000},
    "cache": None,
    "wait_s": 0.0,
    "delay_s": 0.0,
    "candidates": [SECOND, NATIVE],
    "outcome": {
        "result": "answered",
        "attempts": [{"route": "p,second", "result": "answered", "seconds": 1.25}],
    },
    "replay": {"same": True, "size": 412, "sha256": "ab"},
}

PAGE = """\
Decision dec_1, 2023-11-14 22:13:20 UTC, request req_1
  asked for  claude-opus-4-8
  scenario   default: no other scenario applies
  strategy   intelligent
  outcome    answered

Request
  136,000 bytes, stream, thinking, 12 tools
  about 34,000 tokens, at most 170,000: enough to decide, so they were not counted
  session s-1

Candidates
  #  target    score  estimate   window   standing                                     passed over because
  1  p,second  0.25                       closed
  -  p,native  0.5    $0.012300  200,000  closed, throttled 20.0 s, 85% used, 90% good  it asked for a pause of 20 s

Attempts
  #  target    result    took
  1  p,second  answered  1.250 s"""


def told(**other: Any) -> Explained:
    return msgspec.convert(TOLD | other, Explained)


def test_a_decision_is_one_page() -> None:
    assert text(told()).replace("  passed", " passed").split() == PAGE.split()
    assert [line for line in text(told()).splitlines() if not line.startswith("  #")] == [
        line for line in PAGE.splitlines() if not line.startswith("  #")
    ]


CACHE = {"target": "p,native", "tokens": 30_000, "lives_s": 119.6, "stake_usd": 0.05, "stays": True}
FAILED = {"route": "p,native", "result": "overloaded", "seconds": 0.3, "message": "busy", "pause": 0.5}


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ({"tokens": {"exact": 61_234, "guess": 1, "bound": 2}}, "  61,234 tokens, counted"),
        ({"outcome": {"result": None}}, "  outcome    still running"),
        ({"cache": CACHE}, "  30,000 tokens at p,native for another 120 s"),
        (
            {"cache": CACHE},
            "  leaving it would cost $0.050000; the session stays there, though another would have come first",
        ),
        ({"cache": CACHE | {"stays": False}}, "  leaving it would cost $0.050000; it changed no order"),
        ({"wait_s": 2.5}, "It waits 2.5 s for the first target, whose cache is worth that"),
        (
            {"outcome": {"result": "overloaded", "attempts": [FAILED]}},
            "  1  p,native  overloaded  0.300 s  0.5 s         busy",
        ),
        ({"facts": FACTS | {"subagent_model": "p,small"}}, "  subagent model p,small"),
    ],
)
def test_what_is_there_has_a_line(other: dict[str, Any], line: str) -> None:
    assert line in text(told(**other)).splitlines()
    assert line not in text(told()).splitlines()


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ({"state": "open", "until": 12.34}, "open, resting 12.3 s"),
        ({"state": "half_open", "share": 0.1}, "half-open, gets 10%"),
        ({"state": "closed", "in_flight": 3}, "closed, 3 running"),
        ({"state": "closed", "speed": {"p50": 0.456, "p95": 1.0, "rate": None}}, "closed, first byte 0.46 s"),
    ],
)
def test_a_standing_is_told_in_words(standing: dict[str, Any], words: str) -> None:
    page = text(told(candidates=[SECOND | {"standing": standing}]))
    assert any(line.rstrip().endswith(words) for line in page.splitlines())


def test_nothing_a_client_sent_moves_the_cursor() -> None:
    page = text(told(asked="m\x1b[2J\r\nx", why="\u202eback"))
    assert "m?[2J??x" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_replay_says_that_it_is_the_same() -> None:
    assert replayed(Replay(True, 412, "ab")) == "Replay: the same, byte for byte (412 bytes, sha256 ab)"


def test_a_replay_that_differs_shows_what_differs() -> None:
    other = Replay(False, 412, "ab", (Difference("decision.targets[0].model", "a", "b"), Difference("why", None, "x")))
    assert replayed(other).splitlines() == [
        "Replay: NOT the same",
        "  what                       decided  decided again",
        '  decision.targets[0].model  "a"      "b"',
        '  why                        null     "x"',
    ]


def test_a_presets_name_stands_above_the_scenario() -> None:
    assert "  preset     work\n  scenario   " in text(told(preset="work"))
    assert "preset" not in text(told())
