"""Presets as a person handles them: what they consist of, where they lie, what they ask, and how one is made."""
