"""What the person at the terminal sees: our sentences, and the children's lines behind the name of who wrote them."""

import os
import sys
from typing import TextIO

NAME_WIDTH = 8
LONGEST_LINE_BYTES = 64 * 1024


class Terminal:
    """Writes whole lines. A terminal that has gone away (closed window, `| head`) is no reason to stop."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_open = True

    def say(self, text: str) -> None:
        """Write a sentence, or several lines, of our own."""
        if not self.is_open:
            return
        try:
            self.stream.write(text + "\n")
            self.stream.flush()
        except (OSError, ValueError):
            self.is_open = False

    def line(self, name: str, text: str) -> None:
        self.say(f"{name:<{NAME_WIDTH}} | {text}")


class Lines:
    """The output of one child, read from a pipe as it comes and written line by line.

    `prefix` is None for a program whose output is what the person asked for: it is shown as it is. Others lose their
    empty lines.
    """

    def __init__(self, descriptor: int, terminal: Terminal, *, prefix: str | None) -> None:
        self.descriptor = descriptor
        self.terminal = terminal
        self.prefix = prefix
        self.rest = b""
        os.set_blocking(descriptor, False)

    def read(self) -> bool:
        """Write what has come in; return False once the other end is closed."""
        try:
            chunk = os.read(self.descriptor, LONGEST_LINE_BYTES)
        except BlockingIOError:
            return True
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        if self.rest and (not chunk or len(self.rest) > LONGEST_LINE_BYTES):
            whole, self.rest = [*whole, self.rest], b""
        for line in whole:
            self._write(line.decode(errors="replace"))
        return bool(chunk)

    def _write(self, text: str) -> None:
        if self.prefix is None:
            self.terminal.say(text)
        elif text.strip():
            self.terminal.line(self.prefix, text)
