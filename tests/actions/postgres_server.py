"""A PostgreSQL on loopback that belongs to a workspace, apart from the one that the engine keeps its rows in."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from actions.connections.base import Opened
from actions.databases.account import Account, PostgresSecrets, PostgresSettings
from config.embedded import postgres, service
from core.ids import new_id

PASSWORD = "pw-c4n4ry-d8e1"
_SETUP = f"""
CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE boss LOGIN SUPERUSER PASSWORD '{PASSWORD}';
CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_server_files;
CREATE TABLE orders (id int PRIMARY KEY, name text NOT NULL, total numeric(12, 2));
INSERT INTO orders VALUES (1, 'Ada', 9.90), (2, 'Bob', 120), (3, 'Zoë', NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shop;
CREATE VIEW customers AS SELECT id, name, lower(name) || '@example.com' AS email, total AS credit FROM orders;
GRANT SELECT ON customers TO shop;
CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO shop;
CREATE FUNCTION add_order() RETURNS int LANGUAGE sql AS 'INSERT INTO orders VALUES (99, ''x'', 1) RETURNING id';
"""


@dataclass(frozen=True)
class Server:
    """Where it listens."""

    port: int

    def account(self, *, allow_writes: bool = False, **changes: object) -> Account:
        """A connection to it, as the role `shop` if nothing else is said."""
        place = {"host": "127.0.0.1", "port": self.port, "database": "shop", "user": "shop", "sslmode": "disable"}
        settings = PostgresSettings.model_validate({**place, "allow_writes": allow_writes, **changes})
        return Opened(new_id(), "shop", "postgres", settings, PostgresSecrets(password=PASSWORD))


@contextmanager
def running() -> Iterator[Server]:
    """Start it, with a database `shop`; it ends with the block, and by the kernel's hand when the test is killed."""
    with tempfile.TemporaryDirectory(prefix="sequitur-shop-") as folder, socket.create_server(("127.0.0.1", 0)) as held:
        root, port = Path(folder), int(held.getsockname()[1])
        root.chmod(0o711)
        cluster = postgres.Cluster(
            binaries=postgres.find_binaries(os.environ),
            data=root / "data",
            sockets=root / "s",
            control=root / "control",
            log=root / "log",
        )
        identity = postgres.prepare(cluster)
        with (cluster.control / "hba.conf").open("a") as rules:
            rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
        tcp = {"listen_addresses": "127.0.0.1", "port": str(port), **postgres.THROWAWAY}
        program = replace(
            postgres.service(cluster, identity, settings=tcp), is_ready=lambda: _is_ready(cluster.sockets, port)
        )
        held.close()
        process = service.spawn(program)
        try:
            service.wait_until_ready(program, process)
            yield Server(port)
        finally:
            service.stop(program, process, is_at_once=True)


def _is_ready(sockets: Path, port: int) -> bool:
    place = {"host": str(sockets), "port": port, "user": postgres.ROLE}
    try:
        with psycopg.connect(dbname="postgres", autocommit=True, **place) as connection:  # type: ignore[arg-type]
            connection.execute("CREATE DATABASE shop")
        with psycopg.connect(dbname="shop", autocommit=True, **place) as connection:  # type: ignore[arg-type]
            connection.execute(_SETUP)
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def relay(path: str) -> Iterator[int]:
    """A port of loopback that leads to the socket of a server; returns its number."""
    from tests.actions import servers

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            target.close()

    def speak(client: socket.socket) -> None:
        import threading

        with socket.socket(socket.AF_UNIX) as server:
            server.connect(path)
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)

    peer = servers.serve(speak)
    try:
        yield peer.port
    finally:
        peer.close()
