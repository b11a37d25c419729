"""Scripts, their token figures and their early ends."""

from fairlead.simulator.script import (
    RedactedThinking,
    Script,
    Stop,
    Text,
    Thinking,
    ToolCall,
    WebSearch,
    is_own,
    limited,
    output_tokens,
    pieces,
    redacted,
    say,
    signed,
)


def test_a_script_with_calls_stops_for_them() -> None:
    assert say(Text("a")).stop is Stop.END
    assert say(Text("a"), ToolCall("f", "{}")).stop is Stop.TOOL


def test_tokens_are_bytes_over_four_rounded_up() -> None:
    steps = (Text("12345"), Thinking("1234", "s"), RedactedThinking("12345678"), ToolCall("ab", "{}"))
    assert output_tokens(steps) == (2 + 1 + 2 + 1, 3)


def test_pieces_join_to_the_text() -> None:
    assert pieces("abcde", 2) == ["ab", "cd", "e"]
    assert pieces("", 2) == []


def test_a_signature_depends_on_the_text_alone() -> None:
    assert signed("a") == signed("a")
    assert signed("a").signature != signed("b").signature
    assert len(signed("a").signature) > 300


def test_only_what_was_made_here_and_not_changed_is_own() -> None:
    thought, secret = signed("a"), redacted("a")
    assert is_own(thought)
    assert is_own(secret)
    assert not is_own(Thinking("b", thought.signature))
    assert not is_own(Thinking("a", thought.signature[:-4]))
    assert not is_own(Thinking("", ""))
    for data in ("", "x", "ZGF0", secret.data[:-4], thought.signature):
        assert not is_own(RedactedThinking(data))


def test_a_search_counts_its_query() -> None:
    assert output_tokens([WebSearch("12345", ())]) == (2, 0)


def test_thinking_that_is_cut_is_signed_anew() -> None:
    assert limited(say(signed("123456789")), 2, []) == Script((signed("12345678"),), Stop.LENGTH)
    assert limited(say(Thinking("123456789", "s")), 2, []) == Script((Thinking("12345678", "s"),), Stop.LENGTH)


def test_a_script_within_its_limits_is_untouched() -> None:
    script = say(Text("12345678"), ToolCall("f", "{}"))
    assert limited(script, 3, ["zz", ""]) == script
    assert limited(script, None, []) == script


def test_max_tokens_cuts_the_text_and_says_so() -> None:
    assert limited(say(Text("123456789")), 2, []) == Script((Text("12345678"),), Stop.LENGTH)
    assert limited(say(Text("ééééé")), 1, []) == Script((Text("éé"),), Stop.LENGTH)
    assert limited(say(Text("abc")), 0, []) == Script((), Stop.LENGTH)


def test_a_call_that_does_not_fit_is_left_out_whole() -> None:
    script = say(Text("1234"), ToolCall("f", '{"a":"long enough"}'))
    assert limited(script, 2, []) == Script((Text("1234"),), Stop.LENGTH)


def test_the_first_stop_sequence_ends_the_answer_and_is_reported() -> None:
    script = say(Text("one two three"), Text("four"))
    assert limited(script, None, ["three", "two"]) == Script((Text("one "),), Stop.STOP_SEQUENCE, "two")
    assert limited(script, None, ["one"]) == Script((), Stop.STOP_SEQUENCE, "one")
