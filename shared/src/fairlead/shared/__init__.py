"""The language both services speak: shapes, meanings, framing, failures and configuration."""
