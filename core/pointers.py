"""JSON pointers (RFC 6901): where in a document a problem or a reference stands."""


def join(base: str, *tokens: str | int) -> str:
    """`base` with tokens appended, each escaped."""
    return base + "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
