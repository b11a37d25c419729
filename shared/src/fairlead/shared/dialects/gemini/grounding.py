"""A search Google ran for the model, as a server tool's call and result with citations, and the other way round.

Source: https://ai.google.dev/api/generate-content#GroundingMetadata.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Citation, SearchHit, ServerCall, ServerResult, Unknown
from fairlead.shared.dialects.gemini.offsets import Offsets
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.wire import gemini as wire

SEARCH = "web_search"

# From the wire ----------------------------------------------------------------------------------


class Span(Struct, frozen=True):
    """A citation and the bytes of the whole text it stands on; `part` when they are counted within that part."""

    start: int
    end: int
    part: int
    citation: Citation


class Search(Struct, frozen=True):
    """One search, and what the text owes to it."""

    call: ServerCall
    result: ServerResult
    spans: tuple[Span, ...]


def read_grounding(raw: Raw, answer_id: str) -> Search | None:
    """A candidate's `groundingMetadata`; None when the web was not searched, or it cannot be read."""
    try:
        metadata = msgspec.json.decode(raw, type=wire.GroundingMetadata)
    except msgspec.ValidationError:
        return None
    queries, chunks = metadata.web_search_queries, metadata.grounding_chunks
    if not queries and not any(chunk.web for chunk in chunks):
        return None
    query = queries[0] if queries else ""
    arguments = encode({"query": query, "queries": queries} if len(queries) > 1 else {"query": query}).decode()
    hits = tuple([SearchHit(chunk.web.uri, chunk.web.title or "") for chunk in chunks if chunk.web and chunk.web.uri])
    id = f"search_{answer_id}"
    result = ServerResult(id, SEARCH, hits, raw=Unknown(NAME, raw))
    return Search(ServerCall(id, SEARCH, arguments), result, tuple(_spans(metadata)))


def _spans(metadata: wire.GroundingMetadata) -> Iterable[Span]:
    webs = [chunk.web for chunk in metadata.grounding_chunks]
    for support in metadata.grounding_supports:
        segment = support.segment or wire.Segment()
        for index in support.grounding_chunk_indices:
            web = webs[index] if 0 <= index < len(webs) else None
            if web is not None:
                cited = Citation(web.uri, web.title)
                yield Span(segment.start_index, segment.end_index, segment.part_index, cited)


def within(span: Span, text: Offsets, first: int, last: int) -> Citation | None:
    """The citation as one of the characters `first` to `last` (exclusive) of `text`; None if it begins elsewhere. An
    empty span, which is what Gemini's leaving it out comes to, is no place."""
    start = text.char(span.start)
    if not first <= start < last:
        return None
    if span.end <= span.start:
        return span.citation
    end = max(start, min(text.char(span.end), last))
    return msgspec.structs.replace(span.citation, start=start - first, end=end - first)


# To the wire ------------------------------------------------------------------------------------


class Grounding:
    """Collects searches and citations of one answer."""

    def __init__(self) -> None:
        self._kept: Raw | None = None
        self._queries: list[str] = []
        self._chunks: dict[str, tuple[int, str]] = {}
        self._supports: list[dict[str, Any]] = []

    def called(self, call: ServerCall) -> None:
        """A search that was asked for."""
        if call.name == SEARCH:
            self._queries += [query for query in _queries(call.arguments) if query]

    def found(self, result: ServerResult) -> None:
        """What it found; Gemini's own words are kept as they are."""
        if result.raw is not None and result.raw.dialect == NAME:
            self._kept = result.raw.raw
        for hit in result.hits:
            self._chunks.setdefault(hit.url, (len(self._chunks), hit.title))

    def cited(self, citation: Citation, text: Offsets, first: int, last: int) -> None:
        """A citation in the characters `first` to `last` of `text`; one without a place stands on all of them."""
        if citation.url is None:
            return
        index, _ = self._chunks.setdefault(citation.url, (len(self._chunks), citation.title or ""))
        start = first if citation.start is None else first + citation.start
        end = last if citation.end is None else min(first + citation.end, last)
        segment = write_segment(text.byte(start), text.byte(end))
        self._supports.append({"segment": segment, "groundingChunkIndices": [index]})

    def written(self) -> dict[str, Any]:
        """The `groundingMetadata` entry, or nothing."""
        if self._kept is not None:
            return {"groundingMetadata": self._kept}
        if not self._queries and not self._chunks:
            return {}
        chunks = [{"web": {"uri": url, "title": title}} for url, (_, title) in self._chunks.items()]
        lists: dict[str, Sequence[Any]] = {
            "webSearchQueries": self._queries,
            "groundingChunks": chunks,
            "groundingSupports": self._supports,
        }
        return {"groundingMetadata": {name: value for name, value in lists.items() if value}}


def write_segment(start: int, end: int) -> dict[str, int]:
    """A segment; a start of 0 is left out."""
    return {"startIndex": start, "endIndex": end} if start else {"endIndex": end}


class _Query(Struct):
    query: str = ""
    queries: list[str] = []


def _queries(arguments: str) -> list[str]:
    try:
        asked = msgspec.json.decode(arguments, type=_Query)
    except msgspec.DecodeError:
        return []
    return asked.queries or [asked.query]
