"""`make up` and `make demo`: everything in one terminal, on servers of its own. `python -m config.up [up | demo]`.

Both start the same; `up` then waits for Ctrl-C, `demo` runs `manage.py demo` and takes its status.
"""

import argparse
import errno
import os
import socket
import sys
from collections.abc import MutableMapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config import environment, programs
from config.banner import banner
from config.embedded import credentials, leftovers, reach, servers
from config.embedded.errors import StartError
from config.embedded.home import Home, open_home
from config.embedded.supervisor import Stopped, Supervisor
from config.embedded.terminal import Terminal
from config.environment import Environment

LOOPBACK = "127.0.0.1/32"
DEFAULT_DEMO_LOG_LEVEL = "WARNING"
EXAMPLE_PLUGINS = "examples.crm examples.streaming"
INTERRUPTED_STATUS = 130


def main(arguments: Sequence[str]) -> int:
    """Run until stopped; returns 0 after a clean stop of `up`, the status of the demo, 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m config.up", description=__doc__)
    parser.add_argument("mode", nargs="?", choices=["up", "demo"], default="up")
    parser.add_argument("--ends-with-parent", action="store_true", help="stop when the calling program, make, ends")
    options = parser.parse_args(arguments)
    terminal = Terminal()
    try:
        if options.mode == "demo":
            set_demo_defaults(os.environ)
        set_defaults(os.environ)
        env = load_environment()
        home, lock = open_home(env.home)
        with lock:
            supervisor = Supervisor(terminal=terminal, record=home.processes, ends_with_parent=options.ends_with_parent)
            return run(options.mode, env, home, supervisor)
    except StartError as error:
        terminal.say(f"Cannot start: {error}")
        return 1


def run(mode: str, env: Environment, home: Home, supervisor: Supervisor) -> int:
    """Start everything, do what `mode` asks, stop everything; see `main`."""
    terminal = supervisor.terminal
    refuse_taken_port(env)
    with supervisor.signals():
        try:
            variables = start(env, home, supervisor)
            if mode == "demo":
                return supervisor.run(programs.once("demo", ["manage.py", "demo"], variables), prefix=None)
            terminal.say(banner(env, variables, mail=home.mail))
            supervisor.wait()
            terminal.say("Stopping; a second Ctrl-C does it at once.")
        except Stopped:
            return INTERRUPTED_STATUS
        finally:
            supervisor.stop()
            reach.remove_socket_directory(home.path)
    terminal.say("Stopped. The data stays in " + str(home.path))
    return 0


def start(env: Environment, home: Home, supervisor: Supervisor) -> dict[str, str]:
    """Start the servers, prepare the database, start the programs; returns the environment they run in.

    Raises `StartError` and `Stopped`; what was started by then is the supervisor's to stop.
    """
    if stopped := leftovers.stop_all(home.processes):
        supervisor.terminal.say(f"Stopped what an earlier start had left running: {', '.join(stopped)}")
    secrets = credentials.load_or_make(home.credentials)
    needed = servers.prepare(home, os.environ)
    variables = credentials.fill_in(os.environ, secrets) | needed.variables | named(env)
    for service in needed.services:
        supervisor.launch(service)
    supervisor.await_ready()
    if supervisor.run(programs.once("prepare", ["-m", "config.prepare"], variables), prefix="prepare"):
        raise StartError("the database could not be brought up to date; the lines above say why")
    supervisor.launch(
        programs.web(env, variables),
        programs.worker(env, variables, home.ready),
        programs.beat(variables, home.ready),
    )
    supervisor.await_ready()
    return variables


def named(env: Environment) -> dict[str, str]:
    """Return the variables that say to every program what was decided here."""
    return {
        "SEQUITUR_HOME": str(env.home),
        "SEQUITUR_HOST": env.host,
        "SEQUITUR_PORT": str(env.port),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def load_environment() -> Environment:
    """Return the settings of the environment.

    Raises `StartError` that names each variable that is wrong.
    """
    try:
        return environment.load()
    except ValidationError as error:
        wrong = "; ".join(_wrong_variable(item) for item in error.errors())
        raise StartError(f"the environment is not understood: {wrong}") from error


def _wrong_variable(item: ErrorDetails) -> str:
    field = str(item["loc"][0])
    name = field if field.isupper() else f"SEQUITUR_{field.upper()}"
    message = item["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    shown = name if "key" in field else f"{name}={item['input']!r}"
    return f"{shown}: {message}"


def set_defaults(variables: MutableMapping[str, str]) -> None:
    """Enable the examples, unless the environment says which plugins there are (empty: none), and the second wall
    between workspaces on the embedded PostgreSQL, whose login may build it."""
    variables.setdefault("SEQUITUR_PLUGINS", EXAMPLE_PLUGINS)
    if not variables.get("DATABASE_URL"):
        variables.setdefault("SEQUITUR_ROW_SECURITY", "on")


def set_demo_defaults(variables: MutableMapping[str, str]) -> None:
    """Keep the demo out of the way of a running `make up`, and let it reach a receiver on this machine."""
    if not variables.get("SEQUITUR_HOME"):
        variables["SEQUITUR_HOME"] = f"{environment.BASE_DIR / '.sequitur'}-demo"
    if not variables.get("SEQUITUR_PORT"):
        variables["SEQUITUR_PORT"] = str(free_port(variables.get("SEQUITUR_HOST") or "127.0.0.1"))
    if not variables.get("SEQUITUR_LOG_LEVEL"):
        variables["SEQUITUR_LOG_LEVEL"] = DEFAULT_DEMO_LOG_LEVEL
    variables["SEQUITUR_OUTBOUND_ALLOW"] = f"{variables.get('SEQUITUR_OUTBOUND_ALLOW', '')} {LOOPBACK}".strip()


def free_port(host: str) -> int:
    """Return a port that nobody listens on at the moment."""
    with _bound(host, 0) as listener:
        return int(listener.getsockname()[1])


def refuse_taken_port(env: Environment) -> None:
    """Do nothing while the port can be had.

    Raises `StartError` otherwise.
    """
    try:
        _bound(env.host, env.port).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"port {env.port} of {env.host} is taken by another program. "
                f"Choose another one: make up SEQUITUR_PORT={env.port + 1}"
            ) from error
        raise StartError(f"{env.host}:{env.port} cannot be listened on ({error.strerror})") from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
