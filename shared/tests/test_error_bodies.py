"""Facts about what all error answers have in common."""

import pytest

from fairlead.shared.error_bodies import fallback_message, kind_of_status, overflow
from fairlead.shared.failure import Kind, status_of


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Trying to keep the first 6223 tokens when context the overflows. However, the model is loaded with context"
            " length of only 4096 tokens, which is not enough.",
            "prompt is too long: 6223 tokens > 4096 maximum",
        ),
        ("prompt is too long: 210000 tokens > 200000 maximum", "prompt is too long: 210000 tokens > 200000 maximum"),
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
            "prompt is too long: 9001 tokens > 8192 maximum",
        ),
        (
            "This model's maximum context length is 8192 tokens, however you requested 9001 tokens (1 in the messages).",
            "prompt is too long: 9001 tokens > 8192 maximum",
        ),
        (
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "prompt is too long: 1200000 tokens > 1048576 maximum",
        ),
        ("Your input exceeds the context window of this model.", "prompt is too long"),
        ("Input is too long.", "prompt is too long"),
        (
            "request (9000 tokens) exceeds the available context size (4096 tokens)",
            "prompt is too long: 9000 tokens > 4096 maximum",
        ),
    ],
)
def test_every_vendors_overflow_becomes_the_words_that_make_claude_code_compact(said: str, told: str) -> None:
    assert overflow(said) == (Kind.CONTEXT_OVERFLOW, told)


@pytest.mark.parametrize(
    "said",
    [
        "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length",
        "messages: at least one message is required",
        "max_tokens: 99999 > 64000",
    ],
)
def test_other_refusals_keep_their_words(said: str) -> None:
    assert overflow(said) is None


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_an_http_error_status(kind: Kind) -> None:
    assert 400 <= status_of(kind) < 600


@pytest.mark.parametrize(("status", "kind"), [(418, Kind.BAD_REQUEST), (500, Kind.UPSTREAM), (599, Kind.UPSTREAM)])
def test_an_unlisted_status_is_judged_by_its_class(status: int, kind: Kind) -> None:
    assert kind_of_status(status) is kind


def test_a_web_page_is_not_shown_to_the_user() -> None:
    message = fallback_message(502, b"<html><body>nginx</body></html>")
    assert message == "the provider answered 502 with a web page instead of an API answer"


def test_long_plain_text_is_shortened() -> None:
    assert len(fallback_message(500, b"x" * 5000)) < 400
