"""One line about a session of Claude Code, as claude-code-router's `StatusLine` lays it out: what is known by name, and
how modules put it into words and colours. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_TEXTS: Mapping[str, str] = {
    "workDir": "{{workDirName}}",
    "gitBranch": "{{gitBranch}}",
    "model": "{{model}}",
    "usage": "{{inputTokens}} → {{outputTokens}}",
    "speed": "{{tokenSpeed}} tokens/s",
    "context": "{{contextPercent}}%",
    "cost": "${{cost}}",
    "duration": "{{duration}}",
    "lines": "+{{linesAdded}} -{{linesRemoved}}",
}
"""What a module of each type says that has no text of its own."""
USUAL: Sequence[Mapping[str, str]] = (
    {"type": "workDir", "color": "bright_blue"},
    {"type": "gitBranch", "color": "magenta"},
    {"type": "model", "color": "cyan"},
    {"type": "usage", "color": "green"},
    {"type": "cost", "color": "yellow"},
)
"""The modules where none are configured."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\Z")
_RESET = "\x1b[0m"
_ARROW = "\ue0b0"
Run = Callable[[str, Mapping[str, str], Any], str]
"""Runs a module's script: its path, the variables, its options."""


class Seen(Struct, frozen=True):
    """What is known of a session: `told` by Claude Code, `last` and `session` by the router (a row of
    `/api/usage/requests`, and `/api/usage/sessions/{id}`; empty where it does not know), and the git `branch`."""

    told: Mapping[str, Any]
    last: Mapping[str, Any] = {}
    session: Mapping[str, Any] = {}
    branch: str = ""


def variables(seen: Seen) -> dict[str, str]:
    """By the names of claude-code-router's; empty where nothing is known. `model` is the one that answered, and `cost`
    what was paid for it."""
    told, last, session = seen.told, seen.last, seen.session
    workspace, cost, context = (_object(told, name) for name in ("workspace", "cost", "context_window"))
    folder = str(workspace.get("current_dir") or told.get("cwd") or "")
    added, removed = _number(cost.get("total_lines_added")), _number(cost.get("total_lines_removed"))
    paid = session.get("totalCost") if session else cost.get("total_cost_usd")
    return {
        "workDirName": folder.rstrip("/\\").replace("\\", "/").rpartition("/")[2],
        "gitBranch": seen.branch,
        "model": str(last.get("model") or _object(told, "model").get("display_name") or ""),
        "provider": str(last.get("provider") or ""),
        "scenario": str(last.get("scenario") or ""),
        "inputTokens": _thousands(sum(_number(last[one]) for one in _READ)) if last else "",
        "outputTokens": _thousands(_number(last.get("output"))) if last else "",
        "tokenSpeed": _speed(last),
        "timeToFirstToken": f"{1_000 * _number(last['first_byte']):.0f}" if last.get("first_byte") else "",
        "isStreaming": "false",
        "streamingIndicator": "",
        "contextPercent": _whole(context.get("used_percentage")),
        "contextWindowSize": _thousands_of(context.get("context_window_size")),
        "totalInputTokens": _thousands_of(session.get("totalInputTokens", context.get("total_input_tokens"))),
        "totalOutputTokens": _thousands_of(session.get("totalOutputTokens", context.get("total_output_tokens"))),
        "cost": "" if paid is None else f"{_number(paid):.2f}",
        "duration": _duration(cost.get("total_duration_ms")),
        "linesAdded": _whole(cost.get("total_lines_added")),
        "linesRemoved": _whole(cost.get("total_lines_removed")),
        "netLines": f"{added - removed:.0f}" if "total_lines_added" in cost else "",
        "version": str(told.get("version") or ""),
        "sessionId": str(told.get("session_id") or ""),
    }


def line(config: Mapping[str, Any], known: Mapping[str, str], run: Run) -> str:
    """The modules of the style that is current, one after the other; those that have nothing to say are left out."""
    style = str(config.get("currentStyle") or "default")
    modules = _modules(config, style) or _modules(config, "default") or USUAL
    parts = [(one, text) for one in modules if isinstance(one, dict) and (text := _text(one, known, run))]
    return "".join(_powerline(parts)) if style == "powerline" else " ".join(_plain(one, text) for one, text in parts)


def _modules(config: Mapping[str, Any], style: str) -> Sequence[Any]:
    modules = _object(config, style).get("modules")
    return modules if isinstance(modules, list) else ()


def _text(module: Mapping[str, Any], known: Mapping[str, str], run: Run) -> str:
    kind = str(module.get("type") or "")
    if kind == "script":
        path = module.get("scriptPath")
        said = run(path, known, module.get("options")) if isinstance(path, str) else ""
    else:
        pattern = str(module.get("text") or _TEXTS.get(kind, ""))
        named = _VARIABLE.findall(pattern)
        if named and not any(known.get(name) for name in named):
            return ""
        said = _VARIABLE.sub(lambda found: known.get(found[1], ""), pattern)
    said = " ".join(said.split())
    icon = str(module.get("icon") or "")
    return f"{icon} {said}" if icon and said else said


def _plain(module: Mapping[str, Any], text: str) -> str:
    codes = [*_foreground(module.get("color")), *_background(module.get("background"))]
    return _painted(codes, text)


def _powerline(parts: Sequence[tuple[Mapping[str, Any], str]]) -> Iterator[str]:
    """Each on its background, parted by arrows in the colours of both sides."""
    grounds = [str(module.get("background") or "bg_bright_black") for module, _ in parts]
    for number, (module, text) in enumerate(parts):
        ground = grounds[number]
        yield _painted([*_foreground(module.get("color") or "white"), *_background(ground)], f" {text} ")
        after = _background(grounds[number + 1]) if number + 1 < len(parts) else []
        yield _painted([*_foreground(ground), *after], _ARROW)


def _painted(codes: Sequence[str], text: str) -> str:
    return f"\x1b[{';'.join(codes)}m{text}{_RESET}" if codes else text


def _foreground(color: object) -> list[str]:
    return _codes(color, 30, "38")


def _background(color: object) -> list[str]:
    return _codes(color, 40, "48")


def _codes(color: object, base: int, rgb: str) -> list[str]:
    """https://en.wikipedia.org/wiki/ANSI_escape_code#Colors; none for what is no colour."""
    if not isinstance(color, str):
        return []
    if found := _HEX.match(color.removeprefix("bg_")):
        return [rgb, "2", *[str(int(part, 16)) for part in found.groups()]]
    name = color.removeprefix("bg_").replace("gray", "bright_black").replace("grey", "bright_black")
    bright = name.startswith(("bright_", "bright"))
    plain = name.removeprefix("bright").lstrip("_").lower()
    return [str(base + (60 if bright else 0) + NAMES.index(plain))] if plain in NAMES else []


_READ = ("input", "cache_read", "cache_write")


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else ""


def _thousands_of(value: object) -> str:
    return _thousands(float(value)) if isinstance(value, int | float) else ""


def _thousands(count: float) -> str:
    return f"{count / 1_000:.1f}k" if count >= 1_000 else f"{count:.0f}"


def _speed(last: Mapping[str, Any]) -> str:
    """Tokens a second of the last answer, from its first byte on."""
    seconds = _number(last.get("duration")) - _number(last.get("first_byte"))
    return f"{_number(last.get('output')) / seconds:.0f}" if last and seconds > 0 else ""


def _duration(milliseconds: object) -> str:
    if not isinstance(milliseconds, int | float):
        return ""
    minutes, seconds = divmod(int(milliseconds / 1_000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"
