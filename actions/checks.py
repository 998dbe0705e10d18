"""What `manage.py check` finds out about the settings of this app before anything runs."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from actions.outbound import proxies
from actions.outbound.addresses import AllowList, InvalidAllowEntryError


@register()
def outbound_allow_list(**_: Any) -> list[CheckMessage]:
    """An entry that cannot be read would fail every action that speaks HTTP, each time it is tried."""
    try:
        AllowList.from_settings()
    except InvalidAllowEntryError as error:
        return [Error(str(error), id="actions.E001")]
    return []


@register()
def outbound_proxy(**_: Any) -> list[CheckMessage]:
    """A proxy that cannot be read would fail them, too."""
    try:
        proxies.parse(settings.SEQUITUR_OUTBOUND_PROXY)
    except proxies.InvalidProxyError as error:
        return [Error(str(error), id="actions.E002")]
    return []
