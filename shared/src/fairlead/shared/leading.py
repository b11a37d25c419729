"""Instructions that stand before the conversation, for dialects that have one place for all of them."""

from msgspec.structs import replace

from fairlead.shared.conversation import Request, Text, Unknown


def led(request: Request) -> Request:
    """The request whose first turns, as long as they instruct in mere text, are among its instructions.

    A decoder leaves such a turn where it stands if its own dialect says more of it than the others can.
    """
    leading = 0
    while leading < len(request.turns) and _instructs(request, leading):
        leading += 1
    if not leading:
        return request
    told = [block for turn in request.turns[:leading] for block in turn.content if isinstance(block, Text | Unknown)]
    return replace(request, instructions=(*request.instructions, *told), turns=request.turns[leading:])


def _instructs(request: Request, at: int) -> bool:
    turn = request.turns[at]
    return turn.role in ("system", "developer") and all(isinstance(block, Text | Unknown) for block in turn.content)
