"""Request ids."""

from fairlead.shared.runtime.ids import request_id


def test_an_id_is_twelve_bytes_of_the_given_source_in_hex():
    assert request_id(lambda size: bytes(range(size))) == "req_000102030405060708090a0b"
