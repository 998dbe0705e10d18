"""Everything the environment can say, in one typed place. Only `config` reads it; settings hand the values on."""

import base64
import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

FERNET_KEY_BYTES = 32
APPRISE_SCHEMES = (
    "discord gchat mailtos mmosts ntfy ntfys opsgenie pagerduty pover rockets slack tgram workflows wxteams"
)
BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(BaseSettings):
    """The variables of README's table, with their defaults.

    Names are `SEQUITUR_<FIELD>`, but for the ones the ecosystem has agreed on: `DATABASE_URL`, `CELERY_BROKER_URL`,
    `EMAIL_*`. Lists are separated by commas or spaces.
    """

    model_config = SettingsConfigDict(env_prefix="SEQUITUR_", extra="ignore", populate_by_name=True)

    home: Path = BASE_DIR / ".sequitur"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    workers: int = Field(2, ge=1, le=64, description="Celery worker processes")
    web_workers: int = Field(2, ge=1, le=64, description="web processes, of 4 threads each")
    secret_key: str = ""
    encryption_keys: Annotated[list[str], NoDecode] = []
    bootstrap_api_key: str = ""
    admin_password: str = Field("", description="of the operator `admin` that `manage.py seed` makes")
    outbound_allow: Annotated[list[str], NoDecode] = []
    outbound_proxy: str = Field("", description="http://[user:password@]host:port, through which all requests leave")
    outbound_connect_seconds: float = Field(10, gt=0, le=300, description="how long connecting to a host may take")
    outbound_max_response_bytes: int = Field(1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="of one answer")
    apprise_schemes: Annotated[list[str], NoDecode] = APPRISE_SCHEMES.split()
    allowed_hosts: Annotated[list[str], NoDecode] = ["localhost", "127.0.0.1", "[::1]"]
    csrf_trusted_origins: Annotated[list[str], NoDecode] = []
    plugins: Annotated[list[str], NoDecode] = []
    open_workspaces: bool = Field(False, description="whether everybody who is signed in may make workspaces")
    trusted_proxies: Annotated[list[str], NoDecode] = []
    request_read_seconds: float = Field(15, ge=0.1, description="how long a client may take to send a request")
    api_requests_per_minute: int = Field(60_000, ge=0, description="of one caller in a workspace; 0: any number")
    debug: bool = False
    tls: bool = Field(False, description="served over HTTPS, by a proxy that sets X-Forwarded-Proto")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    fast_forward_seconds: float = Field(0.5, ge=0, description="how long a worker goes on with a run in place")
    run_fast_forward: bool = Field(True, validation_alias=AliasChoices("RUN_FAST_FORWARD", "run_fast_forward"))
    lease_seconds: float = Field(15, ge=1, description="an action whose worker was silent for so long is taken over")
    stop_seconds: float = Field(20, ge=1, description="what a worker that is told to stop has to finish its actions")
    rehint_seconds: float = Field(10, ge=0.1, description="a queued row this old without a claim is published again")
    fair_window: int = Field(32, ge=0, le=10_000, description="messages of a workspace in a queue; 0: any number")
    max_event_tries: int = Field(5, ge=1, le=1000, description="of an event whose matching fails or ends its worker")
    max_message_deaths: int = Field(8, ge=2, le=1000, description="of workers by one message, before it is given up")
    max_event_depth: int = Field(10, ge=1, le=1000, description="of runs that follow each other by events they send")
    max_workflows: int = Field(10_000, ge=1, description="of one workspace, archived ones not counted")
    max_api_keys: int = Field(1000, ge=1, description="of one workspace, revoked and expired ones not counted")
    max_api_keys_per_owner: int = Field(200, ge=1, description="of one person or service account in a workspace")
    max_service_accounts: int = Field(200, ge=1, description="of one workspace")
    max_open_invitations: int = Field(200, ge=1, description="of one workspace, expired ones not counted")
    max_secrets: int = Field(1000, ge=1, description="of one workspace")
    max_connections: int = Field(1000, ge=1, description="of one workspace")
    max_patterns: int = Field(1000, ge=1, description="of one workspace")
    max_workflow_tests: int = Field(100, ge=1, description="of one workflow: publishing runs them all")
    max_kept_answers: int = Field(50_000, ge=1, description="of requests with an Idempotency-Key, of one workspace")
    max_kept_answer_bytes: int = Field(256 * 1024 * 1024, ge=1, description="of them, encrypted")
    keep_versions: int = Field(100, ge=1, description="of a workflow, besides those that something refers to")
    max_runs_per_event_chain: int = Field(1000, ge=1, description="of one workflow, that one event may lead to")

    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    query_database_url: str = Field("", description="the login of the role for SQL over events, in the same database")
    broker_url: str = Field("", validation_alias=AliasChoices("CELERY_BROKER_URL", "broker_url"))
    email_host: str = Field("", validation_alias=AliasChoices("EMAIL_HOST", "email_host"))
    email_port: int = Field(25, validation_alias=AliasChoices("EMAIL_PORT", "email_port"))
    email_host_user: str = Field("", validation_alias=AliasChoices("EMAIL_HOST_USER", "email_host_user"))
    email_host_password: str = Field("", validation_alias=AliasChoices("EMAIL_HOST_PASSWORD", "email_host_password"))
    email_use_tls: bool = Field(False, validation_alias=AliasChoices("EMAIL_USE_TLS", "email_use_tls"))
    row_security: Literal["off", "on", "strict"] = Field("off", description="PostgreSQL keeps workspaces apart too")
    public_url: str = Field("", description="where people reach this server; links in messages begin with it")
    default_from_email: str = Field(
        "Sequitur <sequitur@localhost>", validation_alias=AliasChoices("DEFAULT_FROM_EMAIL", "default_from_email")
    )

    @field_validator(
        "encryption_keys",
        "outbound_allow",
        "apprise_schemes",
        "allowed_hosts",
        "csrf_trusted_origins",
        "plugins",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def split(cls, value: object) -> object:
        """Read a list written as text: separated by commas, white space or both."""
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("encryption_keys")
    @classmethod
    def are_fernet_keys(cls, value: list[str]) -> list[str]:
        """Refuse at the start what would fail with the first secret."""
        for number, key in enumerate(value, start=1):
            try:
                is_key = len(base64.urlsafe_b64decode(key)) == FERNET_KEY_BYTES
            except ValueError:
                is_key = False
            if not is_key:
                raise ValueError(f"key {number} is not 32 bytes in URL-safe base64, the form of a Fernet key")
        return value

    @field_validator("query_database_url")
    @classmethod
    def names_a_role(cls, value: str) -> str:
        """Refuse at the start what would have no role of its own."""
        parts = urlsplit(value)
        if value and not (parts.scheme in {"postgres", "postgresql"} and parts.username):
            raise ValueError("expected postgresql://<role>:<password>@<host>/<database>")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def are_networks(cls, value: list[str]) -> list[str]:
        """Refuse what is no address and no network; of an address, its bits may not reach beyond the network."""
        return [str(ipaddress.ip_network(each)) for each in value]

    @field_validator("log_level", mode="before")
    @classmethod
    def in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("home")
    @classmethod
    def absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()


@lru_cache(maxsize=1)
def load() -> Environment:
    """The environment as it was when first asked for.

    Raises pydantic's `ValidationError`, which names the variable and what it expects.
    """
    return Environment()
