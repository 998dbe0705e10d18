"""What the shapes of the API are made on: models that know the answer they came in, and pages of them."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr

Item = TypeVar("Item")

# What names a row in a URL, in the order in which it is looked for: an event's own id is its sender's.
NAMING = ("uid", "id", "name", "host", "key", "number")


class Model(BaseModel):
    """A shape of the API. Fields that this version does not know are left out: the API may add some at any time."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, defer_build=True, protected_namespaces=())

    _etag: str = PrivateAttr(default="")
    _request_id: str = PrivateAttr(default="")

    @property
    def response_etag(self) -> str:
        """The `ETag` of the answer; "" without one. A change of what is passed back is sent with it in `If-Match`."""
        return self._etag

    @property
    def response_request_id(self) -> str:
        """The `X-Request-Id` of the answer, for the server's logs and audit trail."""
        return self._request_id


class OpenModel(Model):
    """A shape that takes members of any name."""

    model_config = ConfigDict(extra="allow")


class Page(Model, Generic[Item]):
    """A part of a list, and the URL of the next part."""

    results: list[Item]
    next: str | None = None
    previous: str | None = None


class Listing(Model, Generic[Item]):
    """A list in one part."""

    results: list[Item]


def received(answer: object, *, etag: str, request_id: str) -> None:
    """Note which answer a model came in; nothing for what is none, such as text."""
    if isinstance(answer, Model):
        answer._etag = etag  # noqa: SLF001  its own module
        answer._request_id = request_id  # noqa: SLF001


def naming(row: Model) -> Any:
    """What names the row in a URL. Raises `TypeError` for a model that has nothing of the kind."""
    if {"namespace", "key"} <= set(type(row).model_fields):
        return "/".join(str(getattr(row, name)) for name in ("namespace", "key"))
    for name in NAMING:
        if name in type(row).model_fields:
            return getattr(row, name)
    raise TypeError(f"{type(row).__name__} names nothing: pass its id.")
