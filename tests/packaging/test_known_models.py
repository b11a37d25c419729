"""The packaged table of models is what the locked genai-prices says."""

import gzip

import known_models


def test_the_table_was_made_from_the_version_that_is_locked() -> None:
    packaged = (known_models.FOLDER / "models.json.gz").read_bytes()
    assert gzip.decompress(packaged) == gzip.decompress(known_models.table()), "run `just models`"
    assert (known_models.FOLDER / "NOTICE").read_text() == known_models.notice()
