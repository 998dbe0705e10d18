"""Not to be answered by the server itself."""

import errno


class HandedOver(OSError):  # noqa: N818  nothing went wrong
    """The connection belongs to the hub now. To gunicorn it looks like a client that is gone."""

    def __init__(self) -> None:
        super().__init__(errno.ENOTCONN, "the connection was handed over")
