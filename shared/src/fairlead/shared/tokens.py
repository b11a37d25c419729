"""Counts tokens on this machine, for providers that do not count and for decisions that cannot wait for one that does.

Text is counted exactly for the vocabularies whose bytes are packaged here; everything else about a request (images,
documents, what a provider wraps around messages and tools) is an estimate, each with its constant below.

Loading a vocabulary takes about 0.2 s and 80 MB, so it happens at the first count. Counting is CPU work of about 50 ms
a megabyte that releases the interpreter lock: call it from a thread.
"""

import base64
import gzip
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from importlib import resources
from typing import Any

import msgspec
import tiktoken
from msgspec import Struct

from fairlead.shared import conversation as neutral
from fairlead.shared.codec import text_of
from fairlead.shared.measures import O200K

IMAGE_TOKENS = 1_600
"""The most an image costs after Anthropic has scaled it down (width times height / 750 at 1.2 megapixels).

Source: https://docs.claude.com/en/docs/build-with-claude/vision#evaluate-image-size
"""
LOW_DETAIL_IMAGE_TOKENS = 85
"""What OpenAI charges for `detail: low`. Source: https://platform.openai.com/docs/guides/images-vision"""
DOCUMENT_BYTES_PER_TOKEN = 20
"""A PDF page of text weighs some 60 kB and costs about 3,000 tokens (its text, and its picture)."""
REMOTE_DOCUMENT_TOKENS = 3_000
"""A document that only the provider can fetch counts as one page."""
AUDIO_BYTES_PER_TOKEN = 800
"""Speech costs about ten tokens a second, and takes about 8 kB a second when it is compressed."""
BLOCK_TOKENS = 3
"""What stands around a text or a file in a conversation. It goes by blocks and not by turns, so that a request has as
many tokens as its messages have together, however a dialect groups them; and in no dialect can a block be written in
fewer bytes. Source: https://github.com/openai/openai-cookbook/blob/main/examples/How_to_count_tokens_with_tiktoken.ipynb
"""
TOOL_TOKENS = 8
"""What stands around a tool, a call, or its result."""

_RUN = 4_096
_LONG_RUN = re.compile(rf"(?<!\s)\s{{{_RUN + 1},}}")
"""tiktoken's pattern overflows its stack in a run of about a million blanks, so runs are counted in pieces."""

_WORDS_APART = re.compile(r"\n(?=[^\W\d_])")
"""Where every vocabulary's pattern parts a text: no word has a line break before its first letter."""

AT_ONCE = 262_144
"""Characters. tiktoken holds the interpreter lock while it lists the tokens of a text, and others wait that long."""

_REMEMBERED_FROM = 512
"""Characters from which looking a text up is cheaper than counting it again."""


class Vocabulary(Struct, frozen=True):
    """`sha256` of the unpacked file, and the `pattern` that cuts text into words before they are encoded."""

    sha256: str
    pattern: str


def vocabularies() -> dict[str, Vocabulary]:
    """The vocabularies packaged here, by name."""
    return msgspec.json.decode(_packaged("vocabularies.json"), type=dict[str, Vocabulary])


def vocabulary_file(name: str) -> bytes:
    """The packaged file, unpacked: a line for each token, its bytes in base64 and its rank."""
    return gzip.decompress(_packaged(f"{name}.tiktoken.gz"))


class TokenCounter:
    """Counts text and whole requests; one object for a process, safe to call from several threads.

    `remembered` bounds how many long texts keep their count: an agent sends the same tools and turns again and again.
    `at_once`: characters that are given to tiktoken in one go, about.
    """

    def __init__(self, remembered: int = 8_192, at_once: int = AT_ONCE) -> None:
        self._remembered = remembered
        self._at_once = at_once
        self._counts: OrderedDict[bytes, int] = OrderedDict()
        self._encodings: dict[str, tiktoken.Encoding] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<TokenCounter loaded={sorted(self._encodings)} remembered={len(self._counts)}>"

    def count_text(self, text: str, vocabulary: str = O200K) -> int:
        """Tokens of a text; names of special tokens inside it are ordinary text. KeyError: no such vocabulary."""
        if len(text) < _REMEMBERED_FROM:
            return self._count(text, vocabulary)
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=vocabulary.encode()).digest()
        with self._lock:
            known = self._counts.get(key)
            if known is not None:
                self._counts.move_to_end(key)
                return known
        count = self._count(text, vocabulary)
        with self._lock:
            self._counts[key] = count
            while len(self._counts) > self._remembered:
                self._counts.popitem(last=False)
        return count

    def count(self, request: neutral.Request, vocabulary: str = O200K) -> int:
        """Tokens a model would read: instructions, turns with everything in them, and tools. KeyError: no such
        vocabulary."""
        tally = _Tally(self, vocabulary)
        blocks = (*request.instructions, *(block for turn in request.turns for block in turn.content))
        tools = sum(TOOL_TOKENS + tally.of(tool) for tool in request.tools)
        return tools + sum(AROUND.get(type(block), BLOCK_TOKENS) + tally.of(block) for block in blocks)

    def _count(self, text: str, vocabulary: str) -> int:
        encoding = self._encodings.get(vocabulary) or self._load(vocabulary)
        return sum(len(encoding.encode_ordinary(piece)) for piece in _pieces(text, self._at_once))

    def _load(self, name: str) -> tiktoken.Encoding:
        with self._lock:
            if name not in self._encodings:
                pattern = vocabularies()[name].pattern
                lines = (line.split() for line in vocabulary_file(name).splitlines())
                ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
                self._encodings[name] = tiktoken.Encoding(
                    name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={}
                )
            return self._encodings[name]


class _Tally:
    """What each kind of block costs in one vocabulary."""

    def __init__(self, counter: TokenCounter, vocabulary: str) -> None:
        self._counter = counter
        self._vocabulary = vocabulary

    def text(self, text: str) -> int:
        return self._counter.count_text(text, self._vocabulary) if text else 0

    def of(self, block: object) -> int:
        return COSTS[type(block)](self, block)

    def of_text(self, block: neutral.Text | neutral.Thinking) -> int:
        return self.text(block.text)

    def of_redacted(self, block: neutral.RedactedThinking) -> int:
        return self.text(block.data)

    def of_image(self, block: neutral.Image) -> int:
        return LOW_DETAIL_IMAGE_TOKENS if block.detail == "low" else IMAGE_TOKENS

    def of_document(self, block: neutral.Document) -> int:
        match block.source:
            case neutral.TextSource(text):
                return self.text(text)
            case neutral.Base64Source(data=data):
                return _decoded_bytes(data) // DOCUMENT_BYTES_PER_TOKEN
            case _:
                return REMOTE_DOCUMENT_TOKENS

    def of_audio(self, block: neutral.Audio) -> int:
        return _decoded_bytes(block.source.data) // AUDIO_BYTES_PER_TOKEN

    def of_call(self, block: neutral.ToolCall | neutral.ServerCall) -> int:
        return self.text(block.name) + self.text(block.arguments)

    def of_result(self, block: neutral.ToolResult) -> int:
        return sum(self.of(part) for part in block.content)

    def of_server_result(self, block: neutral.ServerResult) -> int:
        if block.raw is not None:
            return self.of(block.raw)
        return sum(self.text(hit.url) + self.text(hit.title) for hit in block.hits)

    def of_named(self, block: neutral.ToolReference | neutral.ServerTool) -> int:
        return self.text(block.name)

    def of_tool(self, tool: neutral.Tool) -> int:
        shapes = [text_of(raw) for raw in (tool.parameters, tool.format) if raw is not None]
        return sum(map(self.text, (tool.name, tool.description or "", *shapes)))

    def of_unknown(self, block: neutral.Unknown) -> int:
        return self.text(text_of(block.raw))


COSTS: Mapping[type, Callable[[_Tally, Any], int]] = {
    neutral.Text: _Tally.of_text,
    neutral.Thinking: _Tally.of_text,
    neutral.RedactedThinking: _Tally.of_redacted,
    neutral.Image: _Tally.of_image,
    neutral.Document: _Tally.of_document,
    neutral.Audio: _Tally.of_audio,
    neutral.ToolCall: _Tally.of_call,
    neutral.ToolResult: _Tally.of_result,
    neutral.ServerCall: _Tally.of_call,
    neutral.ServerResult: _Tally.of_server_result,
    neutral.ToolReference: _Tally.of_named,
    neutral.Tool: _Tally.of_tool,
    neutral.ServerTool: _Tally.of_named,
    neutral.Unknown: _Tally.of_unknown,
}
"""How each kind of block, part and tool is counted."""

AROUND: Mapping[type, int] = dict.fromkeys(
    (neutral.ToolCall, neutral.ToolResult, neutral.ServerCall, neutral.ServerResult), TOOL_TOKENS
)
"""What stands around a block in a conversation, where it is not `BLOCK_TOKENS`."""


def _decoded_bytes(base64_text: str) -> int:
    return len(base64_text) * 3 // 4


def _pieces(text: str, at_once: int) -> Iterator[str]:
    """The text in pieces that count as much as the whole, but where over-long runs of blanks are cut."""
    for part in _parts(text, at_once):
        start = 0
        for run in _LONG_RUN.finditer(part):
            for cut in range(run.start() + _RUN, run.end(), _RUN):
                yield part[start:cut]
                start = cut
        yield part[start:]


def _parts(text: str, at_once: int) -> Iterator[str]:
    start = 0
    while len(text) - start > at_once and (end := _WORDS_APART.search(text, start + at_once)):
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]


def _packaged(name: str) -> bytes:
    return resources.files("fairlead.shared").joinpath("_tokenizers", name).read_bytes()
