"""claude-code-router 3: its providers, rules, profiles and keys become ours; what has no counterpart is told."""
