"""What a searched web said, as the Gemini API tells it beside the text: chunks found, and which text rests on which."""

from collections.abc import Sequence
from typing import Any

from ...script import Source, Step, Text, WebSearch

Json = dict[str, Any]


def metadata(steps: Sequence[Step]) -> Json | None:
    """The grounding of an answer; None when nothing was searched. Offsets count bytes of UTF-8."""
    searches = [step for step in steps if isinstance(step, WebSearch)]
    if not searches:
        return None
    sources = list(dict.fromkeys(source for search in searches for source in search.found))
    return {
        "webSearchQueries": [search.query for search in searches],
        "groundingChunks": [{"web": {"uri": source.url, "title": source.title}} for source in sources],
        "groundingSupports": _supports(steps, sources),
        "searchEntryPoint": {"renderedContent": "<div>Simulated search</div>"},
    }


def _supports(steps: Sequence[Step], sources: list[Source]) -> list[Json]:
    supports = []
    at = 0
    for step in steps:
        if not isinstance(step, Text):
            continue
        end = at + len(step.text.encode())
        if step.sources:
            start = {"startIndex": at} if at else {}
            segment = {**start, "endIndex": end, "text": step.text}
            rests = [sources.index(source) for source in step.sources if source in sources]
            supports.append({"segment": segment, "groundingChunkIndices": rests})
        at = end
    return supports
