"""A configuration's text, shown without its secrets and taken back."""

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config import positions
from fairlead.shared.config.masked_text import masked_text, texts_of, with_secrets
from fairlead.shared.config.masking import masked, unmasked
from fairlead.shared.runtime.logging import mask

TEXT = """\
// mine: "x"
{
  Providers: [
    { name: "one", api_key: 'sk-one', headers: {"x-team": "secret"}, models: ["m"] }, // the first
    { name: 'two', "api_key": "$TWO", api_keys: ["k1", "${K2}"] },
    // { name: "old", api_key: "sk-in-a-comment", url: "https://u:pw@old.example" }
  ],
  /* api_key = plain-and-short */
  // api_keys: ["listed"], it's what was
  // { headers: { "x-team": "nested" } }
  APIKEY: "client-key", PORT: 3456,
  PROXY_URL: "http://me:pass@proxy:1",
}
"""


def saved(edited: str, before: str) -> str:
    value = unmasked(pyjson5.decode(edited), pyjson5.decode(before))
    return with_secrets(edited, value, before, mask)


def test_no_secret_is_shown_in_values_or_comments() -> None:
    shown = masked_text(TEXT, mask)
    for secret in (
        "sk-one",
        "secret",
        "k1",
        "client-key",
        "pass@",
        "sk-in-a-comment",
        "pw@",
        "plain-and-short",
        "listed",
    ):
        assert secret not in shown
    for kept in ("// mine", "$TWO", "${K2}", "// the first", 'models: ["m"]', "name: 'two'", "old.example"):
        assert kept in shown


def test_what_stays_masked_stays_what_it_was_to_the_letter() -> None:
    assert saved(masked_text(TEXT, mask), TEXT) == TEXT


def test_an_edit_elsewhere_touches_nothing_else() -> None:
    shown = masked_text(TEXT, mask)
    assert saved(shown.replace("3456", "4000"), TEXT) == TEXT.replace("3456", "4000")


def test_a_secret_follows_its_provider_when_providers_change_places() -> None:
    before = '{Providers: [{name: "a", api_key: "ka"}, {name: "b", api_key: \'kb\'}]}'
    turned = '{Providers: [{name: "b", api_key: "***"}, {name: "a", api_key: "***"}]}'
    assert saved(turned, before) == '{Providers: [{name: "b", api_key: \'kb\'}, {name: "a", api_key: "ka"}]}'


def test_a_new_secret_is_taken_as_typed() -> None:
    shown = masked_text(TEXT, mask)
    assert saved(shown.replace("***", "new-key", 1), TEXT) == TEXT.replace("sk-one", "new-key").replace(
        "'new-key'", '"new-key"'
    )


def test_comments_that_are_alike_but_for_their_secrets_keep_them_in_order() -> None:
    before = '{\n// token: "a1"\nx: 1,\n// token: "b2"\n}'
    assert saved(masked_text(before, mask), before) == before


def test_lines_keep_their_numbers() -> None:
    before = '{APIKEY: "a\\\nb\\\r\nc",\nPORT: 1}'
    shown = masked_text(before, mask)
    assert (shown.count("\n"), pyjson5.decode(shown)["APIKEY"]) == (before.count("\n"), "***")
    assert saved(shown, before) == before


@pytest.mark.parametrize(
    "broken",
    [
        '{ Providers: [{ name: "a" api_key: "sk-1" }], ',
        '{ Providers: [{ name: "a", api_key: "sk-1 }],\n PORT: 1 }',
        '{ APIKEY: "sk-1" } }}',
        "{ 'api_keys': ['sk-1' 'sk-1', ]",
        '/* never closed { api_key: "sk-1"',
        "{ api_key: sk-1, PORT: 1 }",
        "{ api_key: sk-1/+= }",
        "{ api_key: `sk-1` }",
        '{ "api_key" "sk-1" }',
        '{ PORT: 1, api_key = "sk-1" }',
        '{ "api_key"; "sk-1" }',
        '"api_key": "sk-1"',
        '{ } } ] api_key: "sk-1"',
    ],
)
def test_a_broken_file_shows_no_secret_either(broken: str) -> None:
    assert "sk-1" not in masked_text(broken, mask)


def test_a_broken_file_can_be_mended_without_its_secrets() -> None:
    broken = '{ Providers: [{ name: "a", api_key: "sk-1" }, { name: "b", api_key: "sk-2" }] PORT: }'
    mended = masked_text(broken, mask).replace("PORT: ", "")
    value = unmasked(pyjson5.decode(mended), texts_of(broken))
    assert with_secrets(mended, value, broken, mask) == broken.replace("PORT: ", "")


def test_a_key_that_lacks_its_quotes_has_them_when_it_is_mended() -> None:
    broken = '{ Providers: [{ name: "a", api_key: sk-1 }] }'
    mended = masked_text(broken, mask)
    assert mended == '{ Providers: [{ name: "a", api_key: "***" }] }'
    value = unmasked(pyjson5.decode(mended), texts_of(broken))
    assert with_secrets(mended, value, broken, mask) == broken.replace("sk-1", '"sk-1"')


def test_a_long_comment_takes_no_longer_than_its_length() -> None:
    text = "/*" + "a" * 1_000_000 + " " * 1_000_000 + "*/{}"
    assert masked_text(text, mask) == text


_KEYS = st.sampled_from(["a", "api_key", "headers", "'x-token'", "\\u0061pi_key", "auth", "type"])
_SPACE = st.sampled_from(["", " ", "\n", "// it's {\n", '/* , " } */', "\n  "])
_TEXTS = st.sampled_from(
    ['"x"', "'y\"'", '"$Z"', '"https://u:p@h/?key=1"', "'a\\\nb'", "1", "null", "-.5e3", '"oauth"']
)


@st.composite
def _values(draw: st.DrawFn, depth: int = 3) -> str:
    kind = draw(st.sampled_from(["{", "[", "text"])) if depth else "text"
    if kind == "text":
        return draw(_TEXTS)
    inner = []
    for _ in range(draw(st.integers(0, 3))):
        key = f"{draw(_SPACE)}{draw(_KEYS)}{draw(_SPACE)}:" if kind == "{" else ""
        inner.append(f"{key}{draw(_SPACE)}{draw(_values(depth - 1))}{draw(_SPACE)}")
    ending = "," if inner and draw(st.booleans()) else ""
    return f"{kind}{','.join(inner)}{ending}{draw(_SPACE)}{'}' if kind == '{' else ']'}"


@given(_values(), _SPACE)
def test_of_whatever_can_be_read_the_text_shows_what_the_values_show(written: str, space: str) -> None:
    text = f"{space}{{ Providers: {written} }}{space}"
    shown = masked_text(text, mask)
    value = pyjson5.decode(text)
    assert pyjson5.decode(shown) == masked(value)
    taken = with_secrets(shown, value, text, mask)
    assert pyjson5.decode(taken) == value
    assert taken == text or positions.index(text).repeated
