"""`fairlead ui`, in front of a router that has a dashboard, and of one that has none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fairlead.cli.__main__ import main


class Router(BaseHTTPRequestHandler):
    """What tells a router, and a page where there is one."""

    pages: tuple[str, ...] = ("/",)

    def do_GET(self) -> None:
        self.send_response(200 if self.path in self.pages else 404)
        self.end_headers()
        self.wfile.write(b'{"message": "fairlead router"}')

    def log_message(self, *_: object) -> None:
        """Quiet."""


class WithDashboard(Router):
    pages = ("/", "/ui")


@pytest.fixture
def env(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), request.param) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield {"HOME": str(tmp_path), "PORT": str(server.server_port)}
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("env", [WithDashboard], indirect=True)
def test_where_it_is_is_printed(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ui", "--print"], env) == 0
    assert capsys.readouterr().out == f"http://127.0.0.1:{env['PORT']}/ui\n"


@pytest.mark.parametrize("env", [Router], indirect=True)
def test_a_router_without_one_is_told(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ui"], env) == 1
    assert f"the router has no page at http://127.0.0.1:{env['PORT']}/ui" in capsys.readouterr().err


@pytest.mark.parametrize("env", [Router], indirect=True)
def test_what_answers_and_was_not_started_here_is_left_alone(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{env['PORT']}"
    assert main(["stop"], env) == 0
    assert f"does not run in the background; a router answers at {url}" in capsys.readouterr().out
    assert main(["start"], env) == 1
    assert f"a router answers at {url} already, which fairlead start did not begin" in capsys.readouterr().err
