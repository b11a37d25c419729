"""The packaged vocabularies are the published ones, and counts add up whatever the text."""

import base64
import hashlib
import threading
from pathlib import Path
from typing import get_args

import pytest
import tiktoken_ext.openai_public
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    Document,
    FileSource,
    Image,
    Part,
    RedactedThinking,
    Request,
    SearchHit,
    ServerCall,
    ServerResult,
    ServerTool,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.measures import CL100K, O200K
from fairlead.shared.tokens import (
    BLOCK_TOKENS,
    COSTS,
    DOCUMENT_BYTES_PER_TOKEN,
    IMAGE_TOKENS,
    LOW_DETAIL_IMAGE_TOKENS,
    REMOTE_DOCUMENT_TOKENS,
    TOOL_TOKENS,
    TokenCounter,
    vocabularies,
    vocabulary_file,
)


@pytest.fixture(scope="module")
def counter() -> TokenCounter:
    return TokenCounter()


def asked(*blocks: Block, tools: tuple[Tool | Unknown, ...] = (), instructions: tuple[Text, ...] = ()) -> Request:
    return Request("some-model", (Turn("user", blocks),), instructions=instructions, tools=tools)


def cost_of(counter: TokenCounter, block: Block) -> int:
    return counter.count(asked(block))


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        (CL100K, "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
        (O200K, "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    ],
)
def test_the_packaged_bytes_are_the_published_ones(name: str, sha256: str) -> None:
    assert hashlib.sha256(vocabulary_file(name)).hexdigest() == sha256
    assert vocabularies()[name].sha256 == sha256


@pytest.mark.parametrize("name", [CL100K, O200K])
def test_the_pattern_is_the_one_of_the_library(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own definition, reading our file where it expects its download."""
    url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    (tmp_path / hashlib.sha1(url.encode()).hexdigest()).write_bytes(vocabulary_file(name))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    published = getattr(tiktoken_ext.openai_public, name)()
    assert vocabularies()[name].pattern == published["pat_str"]
    first = vocabulary_file(name).split(b"\n", 1)[0].split()
    assert published["mergeable_ranks"][base64.b64decode(first[0])] == int(first[1])


def test_text_is_counted_exactly(counter: TokenCounter) -> None:
    assert counter.count_text("hello world", CL100K) == 2
    assert counter.count_text("hello world", O200K) == 2
    assert counter.count_text("antidisestablishmentarianism", CL100K) == 6
    assert counter.count_text("", O200K) == 0


def test_the_name_of_a_special_token_is_ordinary_text(counter: TokenCounter) -> None:
    assert counter.count_text("<|endoftext|>") > 1


def test_an_unknown_vocabulary_is_a_key_error(counter: TokenCounter) -> None:
    with pytest.raises(KeyError):
        counter.count_text("x", "no_such_base")


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u3000", " \n"])
def test_a_million_blanks_do_not_overflow_the_stack(counter: TokenCounter, blank: str) -> None:
    count = counter.count_text("a" + blank * 1_200_000 + "b")
    assert 1_200_000 * len(blank) / 512 < count <= 1_200_000 * len(blank)


def test_runs_of_blanks_below_the_limit_are_counted_whole(counter: TokenCounter) -> None:
    in_words = counter.count_text("x") + counter.count_text(" " * 4_095) + counter.count_text(" x")
    assert counter.count_text("x" + " " * 4_096 + "x") == in_words


def test_a_lone_surrogate_is_counted_like_a_replacement(counter: TokenCounter) -> None:
    assert counter.count_text("\ud800") == counter.count_text("\ufffd")
    assert counter.count_text("x" * 600 + "\ud800") == counter.count_text("x" * 600 + "\ufffd")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=2_000))
def test_a_text_has_a_token_at_most_a_byte_and_counts_alike_twice(counter: TokenCounter, text: str) -> None:
    count = counter.count_text(text)
    assert count <= len(text.encode())
    assert count >= len(text) / 128  # the longest token is a run of 128 characters
    assert counter.count_text(text) == count


def test_long_texts_are_remembered_and_the_memory_is_bounded() -> None:
    counter = TokenCounter(remembered=3)
    texts = [f"{number} " * 400 for number in range(10, 15)]
    counts = [counter.count_text(text) for text in texts]
    assert repr(counter) == "<TokenCounter loaded=['o200k_base'] remembered=3>"
    assert [counter.count_text(text) for text in texts] == counts


def test_vocabularies_are_remembered_apart() -> None:
    counter = TokenCounter()
    text = "Так говорил Заратустра. " * 100
    assert counter.count_text(text, O200K) < counter.count_text(text, CL100K)


def test_a_vocabulary_is_loaded_at_the_first_count_and_once() -> None:
    counter = TokenCounter()
    assert "loaded=[]" in repr(counter)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(counter.count_text("one two"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [2, 2, 2, 2]
    assert "loaded=['o200k_base']" in repr(counter)


def test_every_part_of_a_request_counts(counter: TokenCounter) -> None:
    tool = Tool("get_weather", "Says how the weather is.", Raw(b'{"type":"object"}'))
    request = asked(Text("hello world"), tools=(tool,), instructions=(Text("hello world"),))
    named = [counter.count_text(text) for text in ("get_weather", "Says how the weather is.", '{"type":"object"}')]
    assert counter.count(request) == 2 * (BLOCK_TOKENS + 2) + TOOL_TOKENS + sum(named)


@pytest.mark.parametrize(
    ("block", "cost"),
    [
        (Text("hello world"), BLOCK_TOKENS + 2),
        (Thinking("hello world", "a-signature-is-not-read"), BLOCK_TOKENS + 2),
        (RedactedThinking("hello world"), BLOCK_TOKENS + 2),
        (Image(UrlSource("https://example.org/a.png")), BLOCK_TOKENS + IMAGE_TOKENS),
        (Image(Base64Source("image/png", "A" * 40_000)), BLOCK_TOKENS + IMAGE_TOKENS),
        (Image(UrlSource("https://example.org/a.png"), detail="low"), BLOCK_TOKENS + LOW_DETAIL_IMAGE_TOKENS),
        (Document(TextSource("hello world")), BLOCK_TOKENS + 2),
        (Document(Base64Source("application/pdf", "A" * 80_000)), BLOCK_TOKENS + 60_000 // DOCUMENT_BYTES_PER_TOKEN),
        (Document(FileSource("file_1")), BLOCK_TOKENS + REMOTE_DOCUMENT_TOKENS),
        (ToolCall("call_1", "hello", " world"), TOOL_TOKENS + 2),
        (ToolResult("call_1", (Text("hello world"), Image(FileSource("f")))), TOOL_TOKENS + 2 + IMAGE_TOKENS),
        (Audio(Base64Source("audio/mp3", "A" * 32_000)), BLOCK_TOKENS + 30),
        (ServerCall("srv_1", "hello", " world"), TOOL_TOKENS + 2),
        (ServerResult("srv_1", "web_search", (SearchHit("hello", "hello"),)), TOOL_TOKENS + 2),
        (ServerResult("srv_1", "web_search", raw=Unknown("anthropic", Raw(b'"hello"'))), TOOL_TOKENS + 3),
        (ToolReference("hello"), BLOCK_TOKENS + 1),
        (Unknown("anthropic", Raw(b'"hello"')), BLOCK_TOKENS + 3),
    ],
)
def test_each_kind_of_block_has_its_cost(counter: TokenCounter, block: Block, cost: int) -> None:
    assert cost_of(counter, block) == cost


def test_no_kind_of_block_is_forgotten() -> None:
    assert set(COSTS) == {*get_args(Block), *get_args(Part), Tool, ServerTool}


def test_a_tool_without_description_or_schema_counts_its_name(counter: TokenCounter) -> None:
    request = asked(
        tools=(
            Tool("hello", None, None),
            ServerTool("hello", Unknown("anthropic", Raw(b"{}"))),
            Unknown("anthropic", Raw(b'"hello"')),
        )
    )
    assert counter.count(request) == 2 * (TOOL_TOKENS + 1) + TOOL_TOKENS + 3


WHOLE, IN_PARTS = TokenCounter(at_once=10**9), TokenCounter(at_once=3)
_SIGNS = st.text(alphabet=st.sampled_from("aZé漢1 _.,;:'\"(){}\n\r\t\u00a0\u2028"), max_size=120)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(_SIGNS | st.sampled_from(["\nword", "don't\nThe", "\r\nx", "\n\n\tif"]), max_size=12).map("".join))
@pytest.mark.parametrize("vocabulary", sorted(vocabularies()))
def test_a_text_counted_in_parts_is_the_text_counted_whole(vocabulary: str, text: str) -> None:
    assert IN_PARTS.count_text(text, vocabulary) == WHOLE.count_text(text, vocabulary)
