"""Packages that only some ways to a credential need."""

import pytest

from fairlead.normalizer.credentials.base import UnavailableError
from fairlead.normalizer.credentials.extras import demand, is_installed


def test_a_module_is_looked_for_within_packages_that_are_there() -> None:
    assert is_installed("json.decoder")
    assert not is_installed("json.nothing")
    assert not is_installed("nothing_of_this_name.at.all")


def test_what_is_missing_is_told_with_what_to_run() -> None:
    demand("json", "aws")
    with pytest.raises(UnavailableError, match=r"the auth type aws needs .*pip install 'fairlead-normalizer\[aws\]'"):
        demand("botocore", "aws", lambda _module: False)
