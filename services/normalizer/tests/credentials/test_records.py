"""A record comes back as it was written, and Factory's own file keeps what is not ours."""

import json
from datetime import UTC, datetime

import pytest

from fairlead.normalizer.credentials.records import beside, read, read_auth_json, write, write_auth_json
from fairlead.normalizer.credentials.tokens import Begun, Record, Token, digest
from fairlead.shared.config.schema import Secret

from .auth_server import HOUR, NOW, jwt

REFRESH = Secret("refresh")
WHOLE = Record(REFRESH, Token(Secret("a"), NOW + HOUR, NOW), Begun(digest(REFRESH), NOW), seed="s", generation=3)


@pytest.mark.parametrize(
    "record", [WHOLE, Record(), Record(REFRESH), Record(token=WHOLE.token), Record(begun=WHOLE.begun)]
)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    assert read(write(record)) == record


def test_a_record_cut_anywhere_is_none() -> None:
    text = write(WHOLE).rstrip()
    assert [end for end in range(len(text)) if read(text[:end]) is not None] == []


@pytest.mark.parametrize("text", [b"", b"[]", b"7", b"\xff", b'{"refresh_token": 7}', b"[" * 60_000])
def test_what_is_no_record_is_none(text: bytes) -> None:
    assert read(text) is None


def auth_json(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_factorys_file_is_a_login() -> None:
    access = jwt("a", NOW + HOUR)
    text = auth_json(access_token=access, refresh_token=" r ", last_updated="2023-11-14T22:13:20.000Z")
    assert read_auth_json(text, HOUR) == Record(Secret("r"), Token(Secret(access), NOW + HOUR, NOW))


def test_a_token_that_does_not_say_when_it_ends_counts_from_the_last_update() -> None:
    found = read_auth_json(
        auth_json(access_token="a", refresh_token="r", last_updated="2023-11-14T22:13:20Z"), 6 * HOUR
    )
    assert found is not None
    assert found.token == Token(Secret("a"), NOW + 6 * HOUR, NOW)
    undated = read_auth_json(auth_json(access_token="a", refresh_token="r", last_updated=7), HOUR)
    assert undated is not None
    assert undated.token is not None
    assert undated.token.expires_at < NOW


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"{", b"[]", b'{"refresh_token": " "}', b'{"refresh_token": 7}', b'{"refresh_token": "a\\nb"}']
)
def test_a_file_without_a_login_is_none(text: bytes) -> None:
    assert read_auth_json(text, HOUR) is None


def test_the_other_fields_of_factorys_file_stay_in_their_places() -> None:
    before = auth_json(version=2, access_token="old", user={"id": 1}, refresh_token="old", last_updated="x", z=None)
    after = json.loads(write_auth_json(before, Record(REFRESH, Token(Secret("a"), NOW + HOUR, NOW))))
    assert list(after) == ["version", "access_token", "user", "refresh_token", "last_updated", "z"]
    assert after == {
        "version": 2,
        "access_token": "a",
        "user": {"id": 1},
        "refresh_token": "refresh",
        "last_updated": datetime.fromtimestamp(NOW, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "z": None,
    }


def test_our_note_of_a_renewal_that_had_begun_belongs_to_one_refresh_token() -> None:
    foreign, note = Record(REFRESH), Record(begun=Begun(digest(REFRESH), NOW))
    assert beside(foreign, note) == Record(REFRESH, begun=note.begun)
    assert beside(Record(Secret("newer")), note) == Record(Secret("newer"))
    assert beside(None, note) is None
    assert beside(foreign, None) == foreign


def test_our_record_goes_on_where_the_file_could_not_be_written_until_it_changes() -> None:
    own = Record(Secret("rotated"), WHOLE.token, seed=digest(REFRESH))
    assert beside(Record(REFRESH), own) == own
    assert beside(Record(Secret("a new login")), own) == Record(Secret("a new login"))


def test_a_file_with_an_access_token_alone_has_no_record_of_ours_beside_it() -> None:
    only = Record(token=WHOLE.token)
    assert beside(only, Record(begun=WHOLE.begun)) == only
