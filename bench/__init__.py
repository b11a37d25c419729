"""The benchmark: what both tiers cost an agent's request, on this machine, with every answer checked."""
