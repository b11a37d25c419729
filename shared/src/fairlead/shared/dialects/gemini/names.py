"""Function names as Gemini accepts them, and back: https://ai.google.dev/api/caching#FunctionDeclaration.

A name that Gemini would refuse is escaped, not shortened: whoever reads the answer knows the name again without having
seen the request. Names as long as other vendors allow (128) are allowed here too.
"""

import re

_LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.-]")
_ESCAPE = re.compile(r":([0-9a-f]+):")
_MARK = "_:"


def legal_name(name: str) -> str:
    """The name as it may be sent; most names are that already."""
    if _LEGAL.fullmatch(name) and not name.startswith(_MARK):
        return name
    return _MARK + _ILLEGAL.sub(lambda found: f":{ord(found[0]):x}:", name)


def original_name(name: str) -> str:
    """The name a legal one stands for."""
    if not name.startswith(_MARK):
        return name
    return _ESCAPE.sub(_unescaped, name[len(_MARK) :])


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= 0x10FFFF else found[0]
