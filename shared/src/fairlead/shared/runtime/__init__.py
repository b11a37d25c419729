"""The I/O both services start with: the HTTP client and server ends, one attempt of a call, logging."""
