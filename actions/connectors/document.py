"""The format of a connector: what docs/connectors.md describes, as models. Unknown names are refused everywhere."""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from actions.base import Effects

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
IconName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
WireName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")]
Text = Annotated[str, StringConstraints(max_length=2000)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=100)]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
UrlPath = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Scalar = str | int | float | bool
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Status = Annotated[int, Field(ge=100, le=599)]
MAX_LENGTH = 2**31 - 1
Place = Literal["path", "query", "header", "json", "form", "body"]


def _is_bound(value: float) -> float:
    """The number, when others can be compared with it. Text in a document may say more than JSON's numbers can."""
    if not abs(value) < 2**63 and not (isinstance(value, float) and math.isfinite(value)):
        raise ValueError("expected a finite number of at most 64 bits")
    return value


Bound = Annotated[int | float, AfterValidator(_is_bound)]


class Part(BaseModel):
    """Base of all parts of a connector."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Shape(Part):
    """What a value is: a small part of JSON Schema."""

    type: Literal["string", "integer", "number", "boolean", "object", "array", "any"] = "string"
    description: Text = ""
    required: bool = False
    nullable: bool = Field(False, description="Whether null is sent; otherwise null means that nothing is")
    enum: list[Scalar] | None = Field(None, min_length=1, max_length=500)
    minimum: Bound | None = None
    maximum: Bound | None = None
    min_length: int | None = Field(None, ge=0, le=MAX_LENGTH, description="Of text in characters, of a list in items")
    max_length: int | None = Field(None, ge=0, le=MAX_LENGTH)
    items: "Shape | None" = Field(None, description="What a list holds; default: anything")
    properties: "dict[WireName, Shape] | None" = Field(
        None, max_length=200, description="What an object holds; other names are passed on as they are"
    )


class Param(Shape):
    """One parameter of an operation, and where it goes."""

    place: Place = Field("json", alias="in")
    name: WireName | None = Field(
        None, description="What the API calls it, by default as we do; in json a path such as `variables.input.title`"
    )
    default: Any = Field(None, description="Used when it is not given; may be a template, such as {{ lead.email }}")
    wrap: WireName | None = Field(None, description="Each item of the list is sent as an object with this one name")
    separator: str | None = Field(None, max_length=1, description="Joins the items of a list in a query or a header")


class Setting(Part):
    """Something about an account that is not secret, and that `base_url` or a user name is made of."""

    title: Title | None = None
    description: Text = ""
    default: str | None = Field(None, max_length=200)


class NoAuth(Part):
    """The API takes no credentials."""

    kind: Literal["none"]


class BearerAuth(Part):
    """`Authorization: Bearer <token>`."""

    kind: Literal["bearer"]
    description: Text = "The token."


class BasicAuth(Part):
    """HTTP Basic: a user name (that of a setting, or a secret of its own) and a password."""

    kind: Literal["basic"]
    username_setting: Name | None = Field(None, description="The setting that is the user name; default: a secret")
    description: Text = "The password."


class ApiKeyAuth(Part):
    """A key in a header or in the query."""

    kind: Literal["api_key"]
    place: Literal["header", "query"] = Field("header", alias="in")
    name: HeaderName
    prefix: str = Field("", max_length=50, description="What stands before the key, with its space")
    description: Text = "The key."


class OAuth2Auth(Part):
    """An access token, sent as a bearer: with `token_url` it is fetched and renewed, without it is one of long life.

    `connections` names kinds that bring and renew one, too.
    """

    kind: Literal["oauth2"]
    authorize_url: str | None = Field(None, max_length=2048, description="Where people agree; without, nobody has to")
    token_url: str | None = Field(None, max_length=2048)
    scopes: list[str] = Field([], max_length=50)
    auth_style: Literal["basic", "body"] = Field("basic", description="How the client's secret is sent")
    authorize_params: dict[str, str] = Field({}, max_length=20, description="More parameters of authorize_url")
    connections: list[Name] = Field(["oauth2"], max_length=10)
    description: Text = "The access token."


Auth = Annotated[NoAuth | BearerAuth | BasicAuth | ApiKeyAuth | OAuth2Auth, Field(discriminator="kind")]


class Errors(Part):
    """How the API says what went wrong. Paths are read in the body of the answer."""

    message: PathText | None = None
    code: PathText | None = None
    present: PathText | None = Field(None, description="Where this stands in an answer, it is an error, 200 or not")
    codes: dict[str, Name] = Field({}, max_length=200, description="Their codes to ours")
    retryable: list[str] = Field([], max_length=200, description="Their codes after which to try again")


class Output(Part):
    """One name of an operation's output."""

    path: PathText = Field(description="`status`, `headers.<name>`, `body`, or a path below `body`")
    type: Literal["string", "integer", "number", "boolean", "object", "array", "any"] = "any"
    description: Text = ""


class Test(Part):
    """A request without an effect that tells whether a connection works."""

    __test__ = False  # pytest

    method: Literal["GET", "POST", "HEAD"] = "GET"
    path: UrlPath
    body: dict[str, Any] | None = Field(None, alias="json")


class Operation(Part):
    """One thing that the API can do: it becomes an action type."""

    key: Name
    title: Title
    description: Text = ""
    category: Title = "integrations"
    effects: Effects | None = Field(None, description="Default: none for GET, keyed with an idempotency header or PUT")
    method: Method = "POST"
    path: UrlPath
    params: dict[Name, Param] = Field({}, max_length=100)
    headers: dict[HeaderName, str] = Field({}, max_length=20, description="Sent as they are")
    body: dict[str, Any] | None = Field(None, alias="json", description="What the JSON body has beside the parameters")
    idempotency_header: HeaderName | None = None
    expected_status: list[Status] = Field([], max_length=20, description="Default: any from 200 to 299")
    response: dict[Name, PathText | Output] = Field({}, max_length=100, description="Default: `status` and `body`")
    errors: Errors | None = None


class ConnectorDocument(Part):
    """An API, how to sign in to it, and what it can do."""

    name: Name
    title: Title
    description: Text = ""
    icon: IconName = "plug"
    source: str = Field("", max_length=2048, description="Where the vendor describes the API")
    base_url: str = Field(min_length=1, max_length=1000)
    auth: Auth = NoAuth(kind="none")
    settings: dict[Name, Setting] = Field({}, max_length=20)
    headers: dict[HeaderName, str] = Field({}, max_length=20, description="Sent with every request")
    errors: Errors = Errors()
    test: Test | None = None
    operations: list[Operation] = Field(min_length=1, max_length=300)

    def operation(self, key: str) -> Operation | None:
        """The operation with this key, if there is one."""
        return next((each for each in self.operations if each.key == key), None)


def effects_of(operation: Operation) -> Effects:
    """What may follow a crash in the middle: as it is said, else by what HTTP promises of the method.

    Source: RFC 9110, 9.2.2: PUT and DELETE have the same effect when repeated.
    """
    if operation.effects is not None:
        return operation.effects
    if operation.method in {"GET", "HEAD", "OPTIONS"}:
        return Effects.NONE
    is_repeatable = operation.idempotency_header or operation.method in {"PUT", "DELETE"}
    return Effects.KEYED if is_repeatable else Effects.ONCE
