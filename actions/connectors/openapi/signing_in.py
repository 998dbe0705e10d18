"""The security schemes of an OpenAPI document as the one `auth` of a connector."""

from collections.abc import Iterator
from typing import Any

from actions.connections.urls import check_url
from actions.connectors.openapi.references import Json, UnmappedError, mapping, resolved, text


def auth(spec: Json) -> tuple[dict[str, Any], str, list[str]]:
    """The `auth` of the connector, the name of its scheme ("" for none), and what could not be said.

    The first scheme that the document requires and that can be said, else the first it has.
    """
    schemes = mapping(mapping(spec.get("components")).get("securitySchemes"))
    wanted = [*dict.fromkeys([*names(spec.get("security")), *schemes])]
    told: list[str] = []
    for scheme in wanted:
        try:
            return _auth(resolved(spec, schemes.get(scheme))), scheme, told
        except UnmappedError as error:
            told.append(f"security scheme {text(scheme, at_most=60)}: {error}")
    return {"kind": "none"}, "", told


def names(security: Any) -> Iterator[str]:
    """The names of the schemes in a list of requirements."""
    for requirement in security if isinstance(security, list) else []:
        yield from (each for each in mapping(requirement) if isinstance(each, str))


def _auth(scheme: Json) -> dict[str, Any]:
    kind, place = scheme.get("type"), scheme.get("in")
    described = text(scheme.get("description"), at_most=300)
    more = {"description": described} if described else {}
    if kind == "http" and str(scheme.get("scheme", "")).lower() in {"bearer", "basic"}:
        return {"kind": str(scheme["scheme"]).lower(), **more}
    if kind == "apiKey" and place in {"header", "query"} and isinstance(scheme.get("name"), str):
        return {"kind": "api_key", "in": place, "name": scheme["name"], **more}
    if kind in {"oauth2", "openIdConnect"}:
        flows = mapping(scheme.get("flows"))
        flow = mapping(flows.get("authorizationCode") or next(iter(flows.values()), {}))
        urls = {"authorize_url": flow.get("authorizationUrl"), "token_url": flow.get("tokenUrl")}
        if not all(url is None or _is_absolute(url) for url in urls.values()) or urls["token_url"] is None:
            urls = {}  # they lead nowhere without the address of the document: then a token is brought along
        scopes = [each for each in mapping(flow.get("scopes")) if isinstance(each, str)][:50]
        return {"kind": "oauth2", **{name: url for name, url in urls.items() if url is not None}, "scopes": scopes}
    what = " ".join(text(str(each), at_most=30) for each in (kind, scheme.get("scheme"), place) if each)
    raise UnmappedError(f"{what or 'a scheme without a type'} cannot be said in a connector")


def _is_absolute(url: object) -> bool:
    try:
        return isinstance(url, str) and bool(check_url(url))
    except ValueError:
        return False
