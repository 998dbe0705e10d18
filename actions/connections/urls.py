"""URLs in the settings of connections: what may stand there is what the outbound door opens for."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from actions.base import ActionFailedError
from actions.outbound import preparing


def check_url(url: str) -> str:
    """The URL, if it is plainly http or https to a host, and has no fragment. Raises ValueError."""
    try:
        preparing.check_url(url)
    except ActionFailedError as error:
        raise ValueError(f"{error.message[:1].upper()}{error.message[1:]}") from None
    if "#" in url:
        raise ValueError("This URL cannot be called: it has a fragment (#...)")
    return url


def check_base_url(url: str) -> str:
    """A URL that others begin with: no query. Raises ValueError."""
    if urlsplit(check_url(url)).query or url.endswith("?"):
        raise ValueError("Other URLs begin with this one, so it has no query (?...)")
    return url


Url = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(check_url)]
BaseUrl = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(check_base_url)]
