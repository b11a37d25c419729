"""Facts about bytes inside URLs."""

import pytest

from fairlead.shared.conversation import Base64Source, FileSource, Source, TextSource, UrlSource
from fairlead.shared.data_urls import read_data_url, read_file_data, write_data_url
from fairlead.shared.failure import FailureError, Kind


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("data:image/png;base64,AAAA", Base64Source("image/png", "AAAA")),
        ("data:text/plain;charset=utf-8;base64,w6k=", Base64Source("text/plain", "w6k=")),
        ("https://e.example/a.png", UrlSource("https://e.example/a.png")),
        ("data:text/plain,words", UrlSource("data:text/plain,words")),
    ],
)
def test_a_url_holds_bytes_or_names_them(url: str, source: Source) -> None:
    assert read_data_url(url) == source


def test_a_file_is_a_data_url_or_the_bare_text_of_a_pdf() -> None:
    assert read_file_data("data:application/pdf;base64,AAAA", "p") == Base64Source("application/pdf", "AAAA")
    assert read_file_data("JVBERi0=", "p") == Base64Source("application/pdf", "JVBERi0=")
    assert read_file_data("data:text/plain;base64,w6k=", "p") == TextSource("é")


@pytest.mark.parametrize("data", ["/w==", "not base64"])
def test_a_text_that_is_none_is_refused_with_its_path(data: str) -> None:
    with pytest.raises(FailureError) as caught:
        read_file_data(f"data:text/plain;base64,{data}", "input[0].file_data")
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, "input[0].file_data")


@pytest.mark.parametrize("source", [Base64Source("image/png", "AAAA"), UrlSource("https://e.example")])
def test_what_is_written_is_read_again(source: Source) -> None:
    assert read_data_url(write_data_url(source) or "") == source


def test_text_is_written_as_a_file_and_a_providers_file_has_no_url() -> None:
    assert read_file_data(write_data_url(TextSource("é")) or "", "p") == TextSource("é")
    assert write_data_url(FileSource("file-1")) is None
