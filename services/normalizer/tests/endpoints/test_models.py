"""The query of a list of models."""

import pytest

from fairlead.normalizer.catalog import PAGE, Page
from fairlead.normalizer.endpoints.models import page_of
from fairlead.shared.failure import FailureError


@pytest.mark.parametrize(
    ("query", "page"),
    [
        (b"", Page(PAGE)),
        (b"limit=20", Page(20)),
        (b"limit=99999", Page(PAGE)),
        (b"limit=2&after_id=one%2Cgpt&before_id=x", Page(2, "one,gpt")),
    ],
)
def test_a_query_asks_for_a_part_of_the_list(query: bytes, page: Page) -> None:
    assert page_of(query) == page


@pytest.mark.parametrize("query", [b"limit=0", b"limit=-1", b"limit=many", b"limit=1.5", b"limit=" + b"9" * 5000])
def test_a_limit_that_is_no_number_is_refused(query: bytes) -> None:
    with pytest.raises(FailureError) as refused:
        page_of(query)
    assert refused.value.failure.param == "limit"
