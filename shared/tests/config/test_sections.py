"""Spellings of keys, types of values, and the words for both."""

from typing import Any

import msgspec
import pytest

from fairlead.shared.config.document import read
from fairlead.shared.config.schema import Limits, Port, Timeouts
from fairlead.shared.config.sections import Entry, Reader, Section, explain

SECTION = Section("", ("api_base_url", "models", "PORT"), {"HOST": "api_base_url"})


def reader_of(text: str, **env: str) -> Reader:
    return Reader(read(text, file="c"), env)


def entries_of(text: str) -> tuple[dict[str, Any], list[str]]:
    reader = reader_of(text)
    entries = reader.entries(SECTION, reader.document.value, ())
    return {key: entry.value for key, entry in entries.items()}, [str(warning) for warning in reader.warnings]


@pytest.mark.parametrize("key", ["api_base_url", "apiBaseUrl", "API_BASE_URL", "api-base-url", "HOST", "host"])
def test_a_key_is_known_in_every_spelling(key: str) -> None:
    assert entries_of(f"{{'{key}': 1}}") == ({"api_base_url": 1}, [])


def test_an_unknown_key_is_warned_of_with_the_nearest_known_one() -> None:
    assert entries_of("{\n modles: 1}") == ({}, ["c:2: modles: unknown key, ignored; did you mean models?"])


def test_a_key_like_no_other_is_warned_of_without_a_guess() -> None:
    assert entries_of("{zzzz: 1}") == ({}, ["c:1: zzzz: unknown key, ignored"])


@pytest.mark.parametrize("text", ["{HOST: 1,\n api_base_url: 2}", "{api_base_url: 2,\n HOST: 1}"])
def test_of_two_spellings_the_proper_one_is_used_and_said_to_be(text: str) -> None:
    values, (warning,) = entries_of(text)
    assert values == {"api_base_url": 2}
    assert warning.startswith("c:2: ")
    assert warning.endswith("are two spellings of one key; api_base_url is used")


def test_null_is_as_good_as_absent() -> None:
    assert entries_of("{models: null}") == ({}, [])


def converted(value: str, kind: Any, default: Any = None, **env: str) -> tuple[Any, list[str]]:
    reader = reader_of(f"{{\n k: {value}}}", **env)
    result = reader.convert(Entry(reader.document.value["k"], ("k",), "k"), kind, default)
    return result, [str(problem) for problem in reader.problems]


def test_a_number_may_come_as_text_out_of_a_variable() -> None:
    assert converted("'$N'", Port, N="8080") == (8080, [])
    assert converted("'false'", bool) == (False, [])


def test_empty_text_is_as_good_as_absent() -> None:
    assert converted("''", Port, 7) == (7, [])
    assert converted("'${N:-}'", str) == (None, [])


def test_an_unset_variable_is_kept_for_later_judgement() -> None:
    reader = reader_of("{k: ['$N']}")
    assert reader.convert(Entry(["$N"], ("k",), "k"), list[int], []) == []
    assert reader.problems == []
    assert reader.missing == [(("k", 0), "N")]


def test_an_unset_variable_of_a_key_without_effect_does_not_matter() -> None:
    reader = reader_of("{OPENAI_MODEL: '$N'}")
    assert reader.convert(Entry("$N", ("OPENAI_MODEL",), "OPENAI_MODEL"), str, None) is None
    assert reader.missing == []


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("'x'", Port, "c:2: k: must be a whole number, not text"),
        ("1.5", Port, "c:2: k: must be a whole number, not a number"),
        ("0", Port, "c:2: k: must be at least 1"),
        ("65536", Port, "c:2: k: must be at most 65535"),
        ("1", str, "c:2: k: must be text, not a whole number"),
        ("null", str, "c:2: k: must be text, not null"),
        ("{}", str | list[str], "c:2: k: must be text or a list, not an object"),
        ("['a', 1]", list[str], "c:2: k[1]: must be text, not a whole number"),
        ("'maybe'", bool, "c:2: k: must be true or false, not text"),
        ("NaN", float, "c:2: k: must be a finite number"),
        ("Infinity", float, "c:2: k: must be a finite number"),
    ],
)
def test_a_wrong_type_is_told_in_plain_words(value: str, kind: Any, message: str) -> None:
    assert converted(value, kind) == (None, [message])


def test_a_struct_of_plain_fields_warns_of_unknown_keys_too() -> None:
    reader = reader_of("{timeouts: {connect: 2,\n firstByte: 3, idel: 4}}")
    entry = Entry(reader.document.value["timeouts"], ("timeouts",), "Providers[].timeouts")
    assert reader.struct(Timeouts, entry) == Timeouts(connect=2.0, first_byte=3.0)
    assert [str(warning) for warning in reader.warnings] == [
        "c:2: timeouts.idel: unknown key, ignored; did you mean idle?"
    ]


def test_every_limit_has_the_default_of_the_contract() -> None:
    assert msgspec.structs.asdict(Limits()) == {
        "body_bytes": 67_108_864,
        "header_bytes": 65_536,
        "sse_event_bytes": 16_777_216,
        "json_depth": 128,
        "connect_s": 10.0,
        "tls_s": 5.0,
        "first_byte_s": 300.0,
        "idle_s": 300.0,
        "drain_s": 30.0,
        "ping_s": 15.0,
    }


def test_words_of_msgspec_that_are_not_known_pass_through() -> None:
    assert explain("Something new - at `$.a[3].b`") == (("a", 3, "b"), "Something new")
