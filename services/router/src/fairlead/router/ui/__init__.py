"""The dashboard at `/ui`: pages for people, made of what the router knows anyway, and live while somebody looks."""
