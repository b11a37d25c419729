"""Facts about where clients of each dialect call, and what they say in the path."""

import json
import re
from urllib.parse import unquote

import pytest
from msgspec import Raw

from fairlead.shared.failure import FailureError
from fairlead.shared.surfaces import MODEL_LIMIT, SURFACES, Operation, Surface


def surface_of(path: str) -> tuple[Surface, dict[str, str | None]]:
    found = [(one, match) for one in SURFACES if (match := re.fullmatch(one.pattern, path))]
    assert len(found) == 1, path
    surface, match = found[0]
    return surface, match.groupdict()


@pytest.mark.parametrize(
    ("path", "dialect", "operation"),
    [
        ("/v1/messages", "anthropic", Operation.ANSWER),
        ("/v1/messages/count_tokens", "anthropic", Operation.COUNT),
        ("/v1/chat/completions", "openai", Operation.ANSWER),
        ("/v1/responses", "openai-responses", Operation.ANSWER),
        ("/v1/responses/input_tokens", "openai-responses", Operation.COUNT),
        ("/v1beta/models/gemini-3:generateContent", "gemini", Operation.ANSWER),
        ("/v1beta/models/p,vendor/model-1:streamGenerateContent", "gemini", Operation.ANSWER),
        ("/v1/projects/x/locations/y/publishers/google/models/m:generateContent", "gemini", Operation.ANSWER),
        ("/v1beta/models/m:countTokens", "gemini", Operation.COUNT),
        ("/v1beta/models/ollama,qwen:latest:generateContent", "gemini", Operation.ANSWER),
    ],
)
def test_every_path_is_one_operation(path: str, dialect: str, operation: Operation) -> None:
    surface, _ = surface_of(path)
    assert (surface.dialect, surface.operation) == (dialect, operation)


@pytest.mark.parametrize(("action", "stream"), [("generateContent", False), ("streamGenerateContent", True)])
def test_a_model_in_the_path_stands_among_the_fields(action: str, stream: bool) -> None:
    surface, named = surface_of(f"/v1beta/models/p,vendor/m:{action}")
    fields = surface.fields(named, {"contents": Raw(b"[]")})
    told = {name: json.loads(bytes(raw)) for name, raw in fields.items()}
    assert told == {"contents": [], "model": "p,vendor/m", "stream": stream}


def test_a_model_in_the_path_may_have_a_path_of_its_own() -> None:
    _, named = surface_of("/v1beta/models/fireworks,accounts/fireworks/models/llama:generateContent")
    assert named["model"] == "fireworks,accounts/fireworks/models/llama"


@pytest.mark.parametrize("unit", ["/v1/models/", "/v1/", "/v1beta/models/:"])
def test_a_path_that_nearly_names_a_model_many_times_is_soon_found_to_name_none(unit: str) -> None:
    """Whoever has no key may send it. In all ways there are to read it, it would take hours."""
    path = unit * 5_000
    assert not any(re.match(rf".*?({one.pattern})/*\Z", path) for one in SURFACES)


def test_a_count_may_hold_the_whole_request() -> None:
    surface, named = surface_of("/v1beta/models/m:countTokens")
    fields = surface.fields(named, {"generateContentRequest": Raw(b'{"contents":[1],"model":"models/x"}')})
    assert bytes(fields["contents"]) == b"[1]"
    assert bytes(fields["model"]) == b'"m"'


def test_other_dialects_say_everything_in_the_body() -> None:
    surface, named = surface_of("/v1/messages")
    fields = {"model": Raw(b'"m"')}
    assert surface.fields(named, fields) is fields


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/responses/input_tokens", "/v1/generate"])
def test_a_name_too_long_for_a_model_is_refused_without_being_repeated(path: str) -> None:
    """It would stand in the answer, in each log, and in what is remembered of a thousand requests."""
    longest = "m" * (MODEL_LIMIT - 2)
    surface, named = surface_of(path)
    assert "model" in surface.fields(named, {"model": Raw(b'"%b"' % longest.encode())})
    with pytest.raises(FailureError) as refused:
        surface.fields(named, {"model": Raw(b'"%bm"' % longest.encode())})
    assert refused.value.failure.message == "model: must not be longer than 4096 bytes"


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: f"{one.dialect} {one.operation.name}")
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_sent_to_a_target_is_understood_there(surface: Surface, stream: bool) -> None:
    path = surface.target("p,vendor/m:free", stream).partition("?")[0]
    understood, named = surface_of(unquote(path))
    assert understood is surface
    assert named.get("model") in (None, "p,vendor/m:free")


@pytest.mark.parametrize("surface", [one for one in SURFACES if one.operation is Operation.COUNT])
def test_every_count_has_words(surface: Surface) -> None:
    assert surface.counted is not None
    assert 7 in surface.counted(7).values()
