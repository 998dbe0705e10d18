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
    services: list[Service] = []
    if not environment.get("DATABASE_URL"):
        cluster = _cluster(home, environment)
        identity = postgres.prepare(cluster)
        services.append(postgres.service(cluster, identity))
    if not environment.get("CELERY_BROKER_URL"):
        store = _store(home, environment)
        valkey.prepare(store)
        services.append(valkey.service(store))
    return Servers(services, urls(home, environment))


def urls(home: Home, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that lead to the servers of a home, but for those that the environment names itself."""
    found = {}
    if not environment.get("DATABASE_URL"):
        cluster = _cluster(home, environment)
        found["DATABASE_URL"] = cluster.url
        if not environment.get("SEQUITUR_QUERY_DATABASE_URL"):
            found["SEQUITUR_QUERY_DATABASE_URL"] = cluster.query_url
    if not environment.get("CELERY_BROKER_URL"):
        found["CELERY_BROKER_URL"] = _store(home, environment).url()
    return found


def _cluster(home: Home, environment: Mapping[str, str]) -> postgres.Cluster:
    return postgres.Cluster(
        binaries=postgres.find_binaries(environment),
        data=home.postgres,
        sockets=reach.socket_directory(home.path) / "postgres",
        control=home.control,
        log=home.logs / "postgres.log",
    )


def _store(home: Home, environment: Mapping[str, str]) -> valkey.Store:
    return valkey.Store(
        binary=valkey.find_binary(environment),
        data=home.valkey,
        sockets=reach.socket_directory(home.path) / "valkey",
        log=home.logs / "valkey.log",
    )
