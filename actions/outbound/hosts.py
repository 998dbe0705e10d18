"""What is known of a URL before it is called, and who may say which host: the workspace, not whoever sends events.

An event that names the host would let a stranger have our requests, with their secrets, sent to himself.
"""

import re
from collections.abc import Mapping
from typing import Any

from actions.base import ActionFailedError
from actions.outbound import preparing
from core.errors import Problem
from core.expressions import templates

DYNAMIC_HOST = "Whether the host of the URL may come from the data of an event."  # describes the parameter
TRUSTED_NAMES = frozenset({"workspace", "tenant", "vars", "secrets"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_UP_TO_HOST = re.compile(r"(?:\{\{.*?\}\}|[^/?#])*", re.DOTALL)


def check_url(params: Mapping[str, Any], *, path: str) -> list[Problem]:
    """What is wrong with `params["url"]` as it is written: invalid_url, or dynamic_host.

    dynamic_host: its host comes from elsewhere than `TRUSTED_NAMES`, and `allow_dynamic_host` is not true. `path` is
    the JSON pointer of the parameters.
    """
    url = params.get("url")
    if not isinstance(url, str) or not url:
        return []
    url = url.strip()
    known, _, templated = url.partition("{{")
    try:
        if known:
            preparing.check_url(f"{known}host" if templated and known.endswith("://") else known)
    except ActionFailedError as error:
        return [Problem(f"{path}/url", error.code, f"{error.message[:1].upper()}{error.message[1:]}.")]
    return [] if params.get("allow_dynamic_host") is True else _check_host(url, path=path)


def _check_host(url: str, *, path: str) -> list[Problem]:
    scheme = _SCHEME.match(url)
    begin = scheme.end() if scheme else 0
    before_path = _UP_TO_HOST.match(url, begin)
    head = url[: before_path.end() if before_path else None]
    if templates.check(head):  # cut in the middle of an expression: look at all of it
        head = url
    strangers = [str(found.path) for found in templates.references_in(head) if found.path.root not in TRUSTED_NAMES]
    if not strangers:
        return []
    message = (
        f"The host of this URL comes from {', '.join(strangers)}. It may come from workspace, vars and secrets; "
        "set allow_dynamic_host to true when whoever sends the events may choose it."
    )
    return [Problem(f"{path}/url", "dynamic_host", message)]
