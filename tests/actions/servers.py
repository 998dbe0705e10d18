"""Servers on loopback that misbehave on purpose: each connection is handed to a function that speaks bytes."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Conversation = Callable[[socket.socket], None]


@dataclass
class Peer:
    """A server in a thread. `connections` counts what reached it."""

    listener: socket.socket
    conversation: Conversation
    tls: ssl.SSLContext | None = None
    connections: int = 0
    is_closed: threading.Event = field(default_factory=threading.Event)
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def close(self) -> None:
        self.is_closed.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self._open:
            connection.close()

    def _speak(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self.tls is None:
                self.conversation(connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    self.conversation(secured)


def serve(conversation: Conversation, *, tls: ssl.SSLContext | None = None) -> Peer:
    """A peer on a free port of 127.0.0.1 that has begun to listen."""
    peer = Peer(socket.create_server(("127.0.0.1", 0)), conversation, tls)
    threading.Thread(target=peer.run, daemon=True).start()
    return peer


def answer(*parts: bytes, pause_seconds: float = 0) -> Conversation:
    """Reads one request and sends the parts, with pauses between them."""

    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
            threading.Event().wait(pause_seconds)

    return speak


def drip(head: bytes, *, every_seconds: float = 0.1) -> Conversation:
    """Reads one request, sends `head`, then a byte at a time without end."""

    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while True:
            connection.sendall(b"x")
            threading.Event().wait(every_seconds)

    return speak


def deaf(*, seconds: float) -> Conversation:
    """Accepts, and neither reads nor writes for a while."""

    def keep(_connection: socket.socket) -> None:
        threading.Event().wait(seconds)

    return keep


def certificate(folder: Path, *, host: str, is_expired: bool = False) -> Path:
    """A self-signed certificate with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    ends_at = now + dt.timedelta(days=-1 if is_expired else 1)
    try:
        subject: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(ends_at)
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{host}.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + secret)
    return file


def server_context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
