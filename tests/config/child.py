"""A tiny program to supervise: `child.py <journal> <name> [deaf]`. It writes down what happens to it.

`deaf`: it does not end on SIGTERM.
"""

import signal
import sys
from types import FrameType

journal, name, *manner = sys.argv[1:]


def write(word: str) -> None:
    with open(journal, "a") as file:  # noqa: PTH123  # pathlib takes longer to import than the rest to run
        file.write(f"{name} {word}\n")


def end(number: int, frame: FrameType | None) -> None:
    if "deaf" in manner:
        write("asked")
        return
    write("stop")
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
write("start")
print(f"hello from {name}", flush=True)
while True:
    signal.pause()
