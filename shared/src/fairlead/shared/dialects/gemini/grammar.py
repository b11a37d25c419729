"""The order in which pieces of a streamGenerateContent answer may come.

Content, then one last piece with the finish reason, and nothing after it; or at any place an error, and nothing after
that. Signs of life may come as long as neither has.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent.
"""

from collections.abc import Mapping
from enum import Enum, auto


class Answer(Enum):
    """States of a stream."""

    INIT = auto()
    OPEN = auto()
    END = auto()


class Piece(Enum):
    """What a chunk may be."""

    CONTENT = auto()
    ALIVE = auto()
    LAST = auto()
    ERROR = auto()


GEMINI: Mapping[tuple[Answer, Piece], Answer] = {
    (Answer.INIT, Piece.CONTENT): Answer.OPEN,
    (Answer.INIT, Piece.ALIVE): Answer.INIT,
    (Answer.INIT, Piece.LAST): Answer.END,
    (Answer.INIT, Piece.ERROR): Answer.END,
    (Answer.OPEN, Piece.CONTENT): Answer.OPEN,
    (Answer.OPEN, Piece.ALIVE): Answer.OPEN,
    (Answer.OPEN, Piece.LAST): Answer.END,
    (Answer.OPEN, Piece.ERROR): Answer.END,
}
