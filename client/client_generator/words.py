"""Names and texts of the description as Python has them."""

import keyword
import re
import textwrap

from pydantic import BaseModel

WIDTH = 108


# What the modules of resources use beside arguments.
TAKEN = {"self", "m", "dt", "given", "filled", "binding"}


def argument(name: str) -> str:
    """A name as that of an argument: `If-Match` is `if_match`, `as` is `as_`."""
    found = re.sub(r"[^0-9a-zA-Z_]", "_", name)
    found = found.lower() if "-" in name else found
    return f"{found}_" if keyword.iskeyword(found) or found in TAKEN else found


def field_name(name: str) -> str:
    """A name as that of a field of a model, which has methods of its own, such as `copy`."""
    found = argument(name)
    return f"{found}_" if hasattr(BaseModel, found) or found.startswith("model_") else found.lstrip("_")


def class_name(name: str) -> str:
    """`workflow_tests` is `WorkflowTests`."""
    return "".join(part.capitalize() for part in name.split("_"))


def docstring(text: str, *, indent: int = 4, more: list[str] | None = None) -> str:
    """A docstring of this text, wrapped; a line for each of `more`."""
    paragraphs = [" ".join(part.split()) for part in (text or "As the API describes it.").split("\n\n")]
    lines = textwrap.wrap(paragraphs[0], WIDTH)
    for part in [*paragraphs[1:], *(["\n"] if more else [])]:
        lines += ["", *textwrap.wrap(part, WIDTH)] if part.strip() else [""]
    for each in more or []:
        lines += textwrap.wrap(" ".join(each.split()), WIDTH, subsequent_indent="    ")
    body = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    closing = "\n" if len(lines) > 1 or body.endswith('"') else ""
    return textwrap.indent(f'"""{body}{closing}"""', " " * indent)
