"""No HTTP around the one door: the product's code is read for whatever could open a connection elsewhere.

Clients of the stores and buses that operators configure (psycopg, redis, kombu, celery, confluent-kafka) and Django's
mail backends are not looked for: no tenant says where those connect.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.environment import BASE_DIR

PACKAGES = ("config", "core", "triggers", "actions", "workflows")
DOOR = "actions/outbound/"

# What opens connections, by the beginning of the name that is imported.
FORBIDDEN = (
    "aiohttp", "aiobotocore", "apprise", "asyncio.open_connection", "asyncssh", "boto", "boto3", "botocore",
    "curl_cffi", "ftplib", "grpc", "http.client", "httplib2", "httpx", "imaplib", "ldap3", "paramiko", "poplib",
    "pycurl", "requests", "requests_hardened", "smtplib", "socket", "socketserver", "ssl", "telnetlib",
    "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc",
)  # fmt: skip

# Exact modules and names, each with the reason why it opens no connection that a tenant could direct.
ALLOWED = {
    ("actions/mail/delivery.py", "smtplib"): "errors of the mail server that the operator configured",
    ("actions/mail/delivery.py", "ssl"): "errors of the same",
    ("workflows/demo.py", "requests"): "a client of our own API, run by hand; the URL is the operator's",
    (
        "actions/channels/apprise_services.py",
        "apprise",
    ): "channels that operators made, allowed schemes, checked addresses",
    ("actions/databases/sessions.py", "socket"): "the descriptor of a connection that the door's rules let through",
    ("actions/mail/servers.py", "smtplib"): "speaks over a connection that the door's rules let through",
    ("actions/mail/servers.py", "socket"): "connects to an address that the door's rules let through",
    ("actions/mail/servers.py", "ssl"): "over the same",
    ("config/programs.py", "http.client"): "our own health check on loopback",
}
# Folders whose sockets are the operator's own servers.
ALLOWED_FOLDERS = {
    ("config/", "socket"): "ports of the programs and servers that this machine runs itself",
    ("triggers/bus/", "socket"): "message buses that the operator configured, through their clients",
    ("actions/", "botocore.auth"): "computes signatures, sends nothing",
    ("actions/", "botocore.awsrequest"): "a value that is signed, sends nothing",
    ("actions/", "botocore.credentials"): "a value that signs, sends nothing",
    ("actions/", "botocore.exceptions"): "errors",
}


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module and name that is imported, also inside functions, by importlib and by __import__."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import(node.func):
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def _is_import(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in {"__import__", "import_module"}


def connecting(path: str, text: str) -> list[str]:
    """What a module imports that opens connections, and may not."""
    found = (name for name in imports(ast.parse(text)) if any(_is_below(name, each) for each in FORBIDDEN))
    return sorted({name for name in found if not _is_allowed(path, name)})


def _is_below(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _is_allowed(path: str, name: str) -> bool:
    folders = (module for folder, module in ALLOWED_FOLDERS if path.startswith(folder))
    files = (module for file, module in ALLOWED if file == path)
    return path.startswith(DOOR) or any(_is_below(name, module) for module in (*folders, *files))


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((BASE_DIR / package).rglob("*.py"))


def test_nothing_speaks_http_but_the_door() -> None:
    found = {
        path: names
        for each in modules()
        if (names := connecting(path := str(each.relative_to(BASE_DIR)), each.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "import requests",
        "from requests import get",
        "def f():\n    import httpx.client",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client as c",
        "from http import client",
        "import socket",
        "import importlib\nimportlib.import_module('urllib3')",
        "__import__('boto3')",
        "from botocore.session import Session",
        "import websockets.sync.client",
    ],
)
def test_each_way_around_it_is_found(text: str) -> None:
    assert connecting("actions/types/new.py", text) != []
    assert connecting("actions/outbound/new.py", text) == []


@pytest.mark.parametrize("text", ["import requests_cache", "from urllib.parse import quote", "import sockets"])
def test_what_is_named_alike_is_none(text: str) -> None:
    assert connecting("actions/types/new.py", text) == []
