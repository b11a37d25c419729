"""What a finding looks like to the person who has to mend the file."""

from fairlead.shared.config.findings import ConfigError, Finding, show_path


def test_a_finding_names_file_line_key_and_what_is_wrong() -> None:
    finding = Finding("c.json", 12, "Providers[0].name", "missing")
    assert str(finding) == "c.json:12: Providers[0].name: missing"


def test_what_is_not_known_is_left_out() -> None:
    assert str(Finding("--port", None, "", "must be a number")) == "--port: must be a number"
    assert str(Finding("c.json", 3, "", "not JSON5", column=7)) == "c.json:3:7: not JSON5"


def test_an_error_is_one_line_for_each_finding_and_carries_the_first() -> None:
    error = ConfigError([Finding("c", 1, "PORT", "one"), Finding("c", 2, "HOST", "two")])
    assert str(error) == "c:1: PORT: one\nc:2: HOST: two"
    assert (error.file, error.line, error.key, error.message) == ("c", 1, "PORT", "one")


def test_a_path_is_written_as_one_would_in_javascript() -> None:
    assert show_path(("Providers", 0, "transformer", "gpt-4.1", "use")) == 'Providers[0].transformer["gpt-4.1"].use'
    assert show_path(()) == ""
