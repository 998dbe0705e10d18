"""Kept values over HTTP: `kv/{namespace}/{key}/`, the key percent-encoded; it may have slashes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from actions import key_values
from actions.api import key_value_shapes as shapes
from actions.key_values import params
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, NotFoundError, Problem
from core.models import Role


class KeyValueViewSet(WorkspaceViewSet):
    """What workflows keep beyond their runs."""

    area = "data"
    roles = {"list": Role.OPERATOR, "retrieve": Role.OPERATOR}
    write_role = Role.EDITOR
    lookup_url_kwarg = "path"
    lookup_value_regex = r"[^/]+/[\s\S]+"

    @extend_schema(
        operation_id="key_values_list", parameters=parameters(shapes.KeyValueQuery), responses=shapes.KeyValuePage
    )
    def list(self, request: Request) -> Response:
        """The keys, without their values."""
        query = self.query(shapes.KeyValueQuery)
        rows = key_values.live()
        if query.namespace is not None:
            rows = rows.filter(namespace=query.namespace)
        if query.prefix is not None:
            rows = rows.filter(key__startswith=query.prefix)
        return self.page(rows, shapes.name)

    @extend_schema(operation_id="key_values_retrieve", responses=shapes.KeyValueResponse)
    def retrieve(self, request: Request, path: str) -> Response:
        """One value; 404 when it has expired."""
        namespace, key = _names(path)
        stored = key_values.find(namespace, key)
        if stored is None:
            raise _not_found(namespace, key)
        return answer(shapes.value(namespace, key, stored))

    @extend_schema(
        operation_id="key_values_update", request=shapes.KeyValueChangeRequest, responses=shapes.KeyValueResponse
    )
    def update(self, request: Request, path: str) -> Response:
        """Keep a value under the key. 409 (version_conflict) when `if_version` does not hold."""
        namespace, key = _names(path)
        body = self.body(shapes.KeyValueChangeRequest)
        change = key_values.Put(
            value=body.value, if_version=body.if_version, expires_in_seconds=body.expires_in_seconds
        )
        return answer(shapes.value(namespace, key, key_values.put(namespace, key, change)))

    @extend_schema(
        operation_id="key_values_destroy", parameters=parameters(shapes.KeyValueDeletion), responses={204: None}
    )
    def destroy(self, request: Request, path: str) -> Response:
        """Forget a value."""
        namespace, key = _names(path)
        query = self.query(shapes.KeyValueDeletion)
        if not key_values.delete(namespace, key, if_version=query.if_version):
            raise _not_found(namespace, key)
        return Response(status=204)


def _names(path: str) -> tuple[str, str]:
    """The namespace and the key. Raises `InvalidError`."""
    namespace, _, key = path.partition("/")
    checks: list[tuple[str, Any, str]] = [
        ("/namespace", params.is_namespace, namespace),
        ("/key", params.is_key, key),
    ]
    for where, check, text in checks:
        try:
            check(text)
        except ValueError as error:
            sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
            raise InvalidError("This is no key.", problems=[Problem(where, "invalid", sentence)]) from None
    return namespace, key


def _not_found(namespace: str, key: str) -> NotFoundError:
    return NotFoundError(f"There is no value under {key[:64]!r} in {namespace!r}.")
