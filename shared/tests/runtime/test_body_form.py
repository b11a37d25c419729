"""What a body is, told by its first bytes."""

import pytest

from fairlead.shared.runtime.body_form import Form, form_of


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b'{"a"', Form.JSON),
        (b"[", Form.JSON),
        (b"\xef\xbb\xbf \r\n\t{", Form.JSON),
        (b"<!doctype", Form.PAGE),
        (b"data: {", Form.EVENTS),
        (b"event: a", Form.EVENTS),
        (b": comment", Form.EVENTS),
        (b"id:1", Form.EVENTS),
        (b"retry: 1", Form.EVENTS),
        (b"\n\ndata:", Form.EVENTS),
        (b"upstream connect error", Form.OTHER),
        (b"dat is geen antwoord", Form.OTHER),
        (b'"text"', Form.OTHER),
        (b"", None),
        (b" \n", None),
        (b"dat", None),
        (b"even", None),
    ],
)
def test_a_body_is_known_by_its_first_bytes(start, form):
    assert form_of(start, declared_events=False) is form


@pytest.mark.parametrize(
    ("start", "form"), [(b"dat is", Form.EVENTS), (b"{", Form.JSON), (b"<html", Form.PAGE), (b"\n", None)]
)
def test_a_declared_stream_is_believed_unless_something_else_is_there(start, form):
    assert form_of(start, declared_events=True) is form
