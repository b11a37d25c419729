"""Tests that share something stay together, and what takes long is begun first."""

import pytest
from tests.spreading import NETWORK, group_of, turn_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("shared/tests/test_sse.py::test_a[compose]", NETWORK),
        ("tests/integration/test_streams.py::test_a[compose-native]", NETWORK),
        ("tests/integration/test_claude_code.py::test_a[2.1.328-compose]", NETWORK),
        ("tests/integration/test_streams.py::test_a[processes]", "tests/integration/test_streams.py"),
        ("tests/integration/test_streams.py::test_what_compose_does", "tests/integration/test_streams.py"),
        (
            "services/router/tests/health/test_stateful.py::TestHealth::runTest",
            "services/router/tests/health/test_stateful.py",
        ),
        ("tests/browser/test_pages.py::test_a", NETWORK),
    ],
)
def test_a_test_shares_a_worker_with_its_file_or_with_what_it_needs(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group


def test_what_takes_long_is_begun_first() -> None:
    groups = [
        NETWORK,
        "tests/integration/test_streams.py",
        "services/cli/tests/test_start.py",
        "services/normalizer/tests/service/test_load.py",
        "services/router/tests/test_usage.py",
        "shared/tests/test_sse.py",
    ]
    assert [*map(turn_of, groups)] == sorted(set(map(turn_of, groups)))
