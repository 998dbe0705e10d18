"""Plugins over HTTP: what is installed here, and what is wrong with it."""

from typing import Literal

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from core import plugins
from core.api.shapes import Listing
from core.api.views import WorkspaceViewSet, answer
from core.plugins.plugin import Plugin


class PluginResponse(BaseModel):
    """A plugin of the installation, with what it brings by kind."""

    name: str = Field(description="As the operator named it")
    title: str
    status: Literal["loaded", "faulty"]
    reason: str = Field(description="Why it is faulty; empty when it is not")
    brings: dict[str, list[str]] = Field(description="The keys that it registered, by kind")


class PluginListing(Listing[PluginResponse]):
    """All plugins."""


class PluginViewSet(WorkspaceViewSet):
    """The apps that the operator added to the installation."""

    area = "workflows"

    @extend_schema(operation_id="plugins_list", responses=PluginListing)
    def list(self, request: Request) -> Response:
        """All plugins that the operator named, faulty ones with the reason."""
        return answer(PluginListing(results=[_shape(each) for each in plugins.listed()]))


def _shape(plugin: Plugin) -> PluginResponse:
    return PluginResponse(
        name=plugin.name,
        title=plugin.title or plugin.name,
        status="faulty" if plugin.reason else "loaded",
        reason=plugin.reason,
        brings={kind: [*keys] for kind, keys in plugin.brings.items()},
    )
