"""The two servers of an instance and what the product is told about them; what the environment names is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.embedded import postgres, reach, valkey
from config.embedded.home import Home
from config.embedded.service import Service


@dataclass
class Servers:
    """Which servers to start, in order, and the variables that lead to them."""

    services: list[Service] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def prepare(home: Home, environment: Mapping[str, str]) -> Servers:
    """Make the data of the servers that the environment names no URL for.

    Raises `StartError`. Safe to repeat; the servers must not run.
    """
    servers = Servers()
    if not environment.get("DATABASE_URL"):
        _add_postgres(servers, home, environment)
    if not environment.get("CELERY_BROKER_URL"):
        _add_valkey(servers, home, environment)
    return servers


def _add_postgres(servers: Servers, home: Home, environment: Mapping[str, str]) -> None:
    cluster = postgres.Cluster(
        binaries=postgres.find_binaries(environment),
        data=home.postgres,
        sockets=reach.socket_directory(home.path) / "postgres",
        control=home.control,
        log=home.logs / "postgres.log",
    )
    identity = postgres.prepare(cluster)
    servers.services.append(postgres.service(cluster, identity))
    servers.variables["DATABASE_URL"] = cluster.url


def _add_valkey(servers: Servers, home: Home, environment: Mapping[str, str]) -> None:
    store = valkey.Store(
        binary=valkey.find_binary(environment),
        data=home.valkey,
        sockets=reach.socket_directory(home.path) / "valkey",
        log=home.logs / "valkey.log",
    )
    valkey.prepare(store)
    servers.services.append(valkey.service(store))
    servers.variables["CELERY_BROKER_URL"] = store.url()
