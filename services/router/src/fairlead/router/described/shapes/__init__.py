"""What the router answers for itself, and what it takes: every answer is told whole."""
