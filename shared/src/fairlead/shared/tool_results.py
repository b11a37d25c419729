"""Every call of a tool gets its result, where a provider refuses a conversation in which one is missing.

Agents that were interrupted leave calls without results, and results whose calls were cut off with the beginning of a
conversation. What is complete and in order stays as it is; a conversation that ends with the calls keeps them open.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fairlead.shared.conversation import Block, Text, ToolCall, ToolReference, ToolResult, Turn
from fairlead.shared.loss import Loss

LOST = "The result of this call was lost."
ORPHAN = "[Result of an earlier tool call:]"


def answered_at_once(turns: Sequence[Turn], losses: list[Loss]) -> Sequence[Turn]:
    """For who wants all results right after the calls, and nothing before them: results that stand later in the same
    question are moved there, missing ones are told as errors, and those of no call that waits as text."""
    told: list[Turn] = []
    for run, replies, at in _exchanges(turns):
        told += _in_order(run, replies, f"messages[{at}]", losses)
    return told


def answered_anywhere(turns: Sequence[Turn], losses: list[Loss]) -> Sequence[Turn]:
    """For who wants a result of each call somewhere after it: missing ones are told as errors, right after the call."""
    results = Counter(block.call_id for turn in turns for block in turn.content if isinstance(block, ToolResult))
    told: list[Turn] = []
    for run, replies, at in _exchanges(turns):
        lost: list[ToolResult] = []
        for call in _calls(run) if replies else ():
            results[call.id] -= 1
            if results[call.id] < 0:
                lost.append(_lost(call, f"messages[{at}]", losses))
        told += [*run, Turn("user", tuple(lost)), *replies] if lost else [*run, *replies]
    return told


def _exchanges(turns: Sequence[Turn]) -> Iterator[tuple[Sequence[Turn], Sequence[Turn], int]]:
    """Turns of the assistant in a row, what everybody else said next, and where the last of the former stands."""
    at, count = 0, len(turns)
    while at < count:
        replied = at
        while replied < count and turns[replied].role == "assistant":
            replied += 1
        end = replied
        while end < count and turns[end].role != "assistant":
            end += 1
        yield turns[at:replied], turns[replied:end], max(replied - 1, 0)
        at = end


def _in_order(run: Sequence[Turn], replies: Sequence[Turn], path: str, losses: list[Loss]) -> Sequence[Turn]:
    calls = _calls(run)
    results = [block for turn in replies for block in turn.content if isinstance(block, ToolResult)]
    if not replies or not (calls or results):
        return (*run, *replies)
    ids = sorted(call.id for call in calls)
    if ids == sorted(result.call_id for result in results) and _lead(replies, len(ids)) and not _calls(run[:-1]):
        return (*run, *replies)
    waiting = Counter(ids)
    first: list[Block] = []
    rest: list[Turn] = []
    for turn in replies:
        said: list[Block] = []
        for block in turn.content:
            if not isinstance(block, ToolResult):
                said.append(block)
            elif waiting[block.call_id] > 0:
                waiting[block.call_id] -= 1
                first.append(block)
            else:
                losses.append(Loss("tool result", path, "answers no call that waits for it; told as text"))
                said += _as_text(block)
        rest += [replace(turn, content=tuple(said))] if said else []
    for call in calls:
        if waiting[call.id] > 0:
            waiting[call.id] -= 1
            first.append(_lost(call, path, losses))
    return (*_joined(run), *([Turn("user", tuple(first))] if first else []), *rest)


def _lead(replies: Sequence[Turn], count: int) -> bool:
    """Whether so many results come before anything else is said: in one turn with it, or in turns of their own."""
    for turn in replies:
        if count == 0:
            return True
        results = sum(isinstance(block, ToolResult) for block in turn.content)
        count -= results
        if count > 0 and (turn.role != "user" or results < len(turn.content)):
            return False
    return count == 0


def _joined(run: Sequence[Turn]) -> Sequence[Turn]:
    """What the assistant said, as one turn where it called in more than its last."""
    if not _calls(run[:-1]):
        return run
    return (replace(run[-1], content=tuple([block for turn in run for block in turn.content])),)


def _calls(turns: Sequence[Turn]) -> list[ToolCall]:
    return [block for turn in turns for block in turn.content if isinstance(block, ToolCall)]


def _lost(call: ToolCall, path: str, losses: list[Loss]) -> ToolResult:
    losses.append(Loss("missing tool result", path, "answered as lost"))
    return ToolResult(call.id, (Text(LOST),), is_error=True)


def _as_text(result: ToolResult) -> list[Block]:
    told = [
        Text(f"Tool {part.name} may be called from now on.") if isinstance(part, ToolReference) else part
        for part in result.content
    ]
    return [Text(ORPHAN), *told]
