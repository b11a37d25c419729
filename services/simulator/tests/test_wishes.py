"""Plain wishes for files, and sentences that are none."""

import pytest

from fairlead.simulator.wishes import FileWish, file_wish


@pytest.mark.parametrize(
    ("prompt", "name", "content"),
    [
        ("Create a file hello.txt containing hello world", "hello.txt", "hello world"),
        ("Create a file hello.txt containing a cat", "hello.txt", "a cat"),
        (
            "Please create a file named notes/todo.md with the content 'buy milk, eggs.'",
            "notes/todo.md",
            "buy milk, eggs.",
        ),
        ("make me a file called a/b.txt with content: xyz", "a/b.txt", "xyz"),
        ("write 'hi' into hello.txt", "hello.txt", "hi"),
        ("Write hello world to hello.txt.", "hello.txt", "hello world"),
        ("write the word hi to a file called greet.txt", "greet.txt", "hi"),
        ("Use the Write tool to create /tmp/x/hello.txt containing exactly: hi there", "/tmp/x/hello.txt", "hi there"),
        ('Create the file `out.txt` with the text "a. B"', "out.txt", "a. B"),
        ("Write a file out.txt saying hello. Then stop.", "out.txt", "hello"),
        ('Create a new file at src/deep/x.json with {"a": 1}', "src/deep/x.json", '{"a": 1}'),
        ("Create hello.txt with the following:\n```\nline1\nline2\n```", "hello.txt", "line1\nline2\n"),
        ("Create file x.txt with content:\nline1\nline2\n\nThanks", "x.txt", "line1\nline2"),
        ("In this directory, create greeting.txt that says Hello, World!", "greeting.txt", "Hello, World!"),
        ("Create x.txt in the current directory with content 'x'", "x.txt", "x"),
        ("Create a file x.txt and write hello into it", "x.txt", "hello"),
        ("Use Write to create a file x.txt whose content is hi", "x.txt", "hi"),
        (" create a file .env.local with A=1", ".env.local", "A=1"),
        ("create hello.py that prints hi", "hello.py", None),
        ("create a python script hello.py", "hello.py", None),
        ("Can you create ../x.md, then run it?", "../x.md", None),
        ("Create out.txt", "out.txt", None),
    ],
)
def test_a_plain_wish_is_understood(prompt: str, name: str, content: str | None) -> None:
    assert file_wish(prompt) == FileWish(name, content)


@pytest.mark.parametrize(
    "prompt",
    [
        "write a test for app.py",
        "make app.py faster",
        "write a summary of notes.txt",
        "write a summary to notes.txt",
        "fix main.py",
        "Add error handling to server.py",
        "write tests for foo.py to test_foo.py",
        "create e.g. something",
        "add version 2.0",
        "What is in hello.txt?",
        "hello",
        "",
        "create a.txt with b" + " and more" * 300,
    ],
)
def test_what_might_mean_another_thing_is_left_alone(prompt: str) -> None:
    assert file_wish(prompt) is None
