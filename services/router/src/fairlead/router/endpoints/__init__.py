"""What clients may ask the router, one file a kind of question."""
