"""Reads `alerts`: when somebody is to be told that something goes wrong, and where."""

from msgspec import structs

from . import urls
from .schema import AlertsConfig, Secret
from .sections import Entry, Reader, Section


def read_alerts(reader: Reader, entry: Entry | None) -> AlertsConfig:
    """The webhook's address is a secret: whoever has it may write there."""
    if entry is None:
        return AlertsConfig()
    fields = {field.name: field for field in structs.fields(AlertsConfig)}
    entries = reader.members(Section("alerts", fields), entry)
    plain = [fields[name] for name in entries if name != "webhook"]
    given = {field.name: reader.get(entries, field.name, field.type, field.default) for field in plain}
    url = reader.text(entries, "webhook")
    if url is not None and (fault := urls.fault_of(url)):
        reader.problem(entries["webhook"].path, fault)
    return AlertsConfig(webhook=Secret(url) if url else None, **given)
