"""What people read of how everything is."""

import pytest

from fairlead.cli.daemon import Process, Record
from fairlead.cli.overview import (
    Credential,
    Credentials,
    Decided,
    Decisions,
    NormalizerReady,
    Overview,
    Provider,
    Providers,
    Ready,
    Standing,
    Unusable,
    lasting,
    text,
)

RECORD = Record(Process(10, "x"), (Process(11, "y"),), "http://r", "http://n", "/c.json", None, "/l.log", 1_000.0, ())
WHOLE = Overview(
    now=5_000.0,
    router_url="http://r",
    normalizer_url="http://n",
    record=RECORD,
    router=Ready("ready"),
    normalizer=NormalizerReady("ready", unusable=(Unusable("factory", "no key is set"),)),
    configured=("claude", "factory"),
    credentials=Credentials(
        (Credential("claude", "oauth", "expiring", "auth.json", 5_600.0, "log in again"),),
    ),
    providers=Providers(
        (
            Provider(
                provider="claude",
                state="open",
                until_s=12.0,
                throttled=True,
                models=(Standing("closed", "opus"), Standing("half_open", "haiku", reliability=0.5)),
            ),
        )
    ),
    decisions=Decisions((Decided("dec_1", 3_661.0, "claude-x\x1b[2J", "think", "claude,m", "answered"),)),
)
PAGE = """\
fairlead runs (process 10, and 11) for 1 h 6 min
  router      http://r  ready
  normalizer  http://n  ready
  config      /c.json
  log         /l.log

Providers
  name     state                                                       credential
  claude   open, throttled, for another 12 s; haiku: half-open, 50% good  oauth expiring from auth.json for another 10 min - log in again
  factory  unusable: no key is set

Last decisions
  at (UTC)  asked for     scenario  went to   result    decision
  01:01:01  claude-x?[2J  think     claude,m  answered  dec_1
  fairlead explain DECISION says why."""


def squeezed(page: str) -> list[list[str]]:
    """Lines as words, however wide the columns are."""
    return [line.split() for line in page.splitlines()]


def test_the_whole_page() -> None:
    assert squeezed(text(WHOLE)) == squeezed(PAGE)
    assert WHOLE.well


def test_a_router_that_lacks_its_normalizer_is_not_well() -> None:
    seen = Overview(0.0, "http://r", "http://n", router=Ready("not ready", ("the normalizer does not answer",)))
    assert not seen.well
    assert "not ready; the normalizer does not answer" in text(seen)
    assert text(seen).startswith("fairlead runs, started by something other than fairlead start")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (7_200, "2 h"), (90_061, "1 d 1 h")]
)
def test_times_have_two_units(seconds: float, words: str) -> None:
    assert lasting(seconds) == words
