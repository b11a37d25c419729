"""Asks a service in the same container whether it is well: leaves with 0 when PATH on PORT answers 200, else with 1.

    healthcheck.py [PORT [PATH]]     the port of the environment, else the router's; /ready

A bare socket, since a container asks every few seconds and an HTTP client takes longer to import than to ask.
"""

import os
import socket
import sys

PATIENCE = 2.0
"""Seconds; the engine gives up after three."""


def status_line(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        return connection.recv(64).partition(b"\r\n")[0]


def main(arguments: list[str]) -> int:
    port = int(arguments[0] if arguments else os.environ.get("PORT") or 3456)
    path = arguments[1] if len(arguments) > 1 else "/ready"
    try:
        answer = status_line(port, path)
    except OSError as error:
        print(f"port {port}: {error}")
        return 1
    print(f"port {port}{path}: {answer.decode('latin-1')}")
    return 0 if answer.split(b" ")[1:2] == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
