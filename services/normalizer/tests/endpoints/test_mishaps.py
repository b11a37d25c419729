"""A fault of ours is told as one, and its trace stays here."""

import httpx2
import pytest
from litestar import Litestar, get

from fairlead.normalizer.endpoints.mishaps import Mishaps
from fairlead.normalizer.endpoints.reception import Reception
from fairlead.shared.access import Access
from fairlead.shared.config.schema import Limits
from fairlead.shared.dialects import DIALECTS


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def error(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))


@get("/v1/messages/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("a detail nobody must see")


@pytest.mark.parametrize("path", ["/v1/messages/broken"])
async def test_an_error_of_ours_is_a_500_in_the_clients_shape_and_a_trace_in_the_log(path: str) -> None:
    log = Log()
    mishaps = Mishaps(Reception(Access(), Limits(), lambda: "req_new", lambda: 0.0), DIALECTS, log)
    app = Litestar([broken], exception_handlers=mishaps.handlers, openapi_config=None, logging_config=None)  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://h.example") as client:
        response = await client.get(path)
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "api_error"
    assert response.headers["request-id"] == "req_new"
    assert "detail" not in response.text
    event, fields = log.lines[0]
    assert (event, fields["request_id"]) == ("internal error", "req_new")
    assert isinstance(fields["exc_info"], RuntimeError)
