"""The shapes of the APIs, field for field; no behaviour."""
