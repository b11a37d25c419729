"""What the official SDKs make of both services' lists of models."""

import anthropic
import openai
import pytest

from .stack import CLIENT_KEY, Stack

pytestmark = pytest.mark.parametrize("stack", ["processes"], indirect=True, scope="session")


@pytest.fixture(params=["router", "normalizer"])
def url(request: pytest.FixtureRequest, stack: Stack) -> str:
    told: str = getattr(stack, request.param)
    return told


def test_anthropics_goes_through_the_pages_both_ways(url: str) -> None:
    with anthropic.Anthropic(api_key=CLIENT_KEY, base_url=url, max_retries=0, timeout=30) as client:
        whole = [model.id for model in client.models.list(limit=1000)]
        paged = [model.id for model in client.models.list(limit=3)]
        before = client.models.list(limit=2, before_id=whole[5])
        one = client.models.retrieve("chat,gpt-main")
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("nobody,nothing")
    assert {"native,claude-main", "chat,gpt-main", "gemini,gemini-3-main"} <= set(whole)
    assert paged == whole
    assert [model.id for model in before.data] == whole[3:5]
    assert (one.type, one.display_name, one.lifecycle) == ("model", "gpt-main", "active")


def test_openais_reads_the_list(url: str) -> None:
    with openai.OpenAI(api_key=CLIENT_KEY, base_url=f"{url}/v1", max_retries=0, timeout=30) as client:
        models = list(client.models.list())
        one = client.models.retrieve("chat,gpt-main")
        with pytest.raises(openai.NotFoundError) as refused:
            client.models.retrieve("nobody,nothing")
    assert one in models
    assert (one.object, one.owned_by) == ("model", "chat")
    assert all(isinstance(model.created, int) for model in models)
    assert refused.value.code == "model_not_found"
