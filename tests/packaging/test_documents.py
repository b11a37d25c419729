"""The configurations in README.md and docs/ can be copied: each is read without an error and without a warning."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairlead.shared.config import ConfigError, parse

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^ *```(?:js|json5)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")
_NO_CONFIGURATION = ("=>", "class ", "schema:", "…")
"""Programs, the manifest of a preset, which has a test of its own, and what is left out on purpose."""
_OTHERS = ", ".join(
    f'{{name: "{name}", api_base_url: "https://{name}.example/v1"}}'
    for name in ("anthropic", "openai", "openrouter", "ollama", "a", "b", "c")
)
_NAMED = f'Providers: [{_OTHERS}], client_keys: [{{name: "ci", key: "a-key"}}]'
_PLACES = (
    "BODY",
    "{BODY}",
    f"{{{_NAMED}, BODY}}",
    "{Providers: [BODY]}",
    f"{{{_NAMED}, Router: {{BODY}}}}",
    '{Providers: [{name: "p", api_base_url: "https://p.example/v1", models: ["some-model"], BODY}]}',
)
"""Where a piece may stand: alone, at the top, beside providers and keys that it names, under Providers, under Router, in
a provider."""


def pieces() -> Iterator[tuple[str, str]]:
    """Each with its file and line."""
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = file.read_text()
        for block in _BLOCK.finditer(text):
            if not any(sign in block[1] for sign in _NO_CONFIGURATION):
                yield f"{file.name}:{text.count(chr(10), 0, block.start()) + 1}", block[1].strip().rstrip(",")


def said_of(text: str, env: dict[str, str]) -> list[str]:
    """What is wrong with it, or odd."""
    try:
        return [str(one) for one in parse(text, env, file="it").warnings]
    except ConfigError as error:
        return [str(one) for one in error.findings]


@pytest.mark.parametrize(("place", "piece"), list(pieces()))
def test_a_configuration_that_is_shown_can_be_copied(place: str, piece: str) -> None:
    env = {name: f"https://{name.lower().replace('_', '-')}.example/" for name in _VARIABLE.findall(piece)}
    told = [said_of(form.replace("BODY", piece), {**env, "HOME": "/home/me"}) for form in _PLACES]
    assert [] in told, f"{place} cannot be copied: {min(told, key=len)}"


def test_there_are_such_pieces() -> None:
    assert len(list(pieces())) > 10
