"""What `make up` says once everything answers."""

from collections.abc import Mapping
from pathlib import Path

from config import programs
from config.environment import Environment


def banner(env: Environment, variables: Mapping[str, str], *, mail: Path) -> str:
    """Return the lines: where it is, how to get in, where things go, how to stop it."""
    url = programs.url(env)
    posted = f"sent through {env.email_host}" if env.email_host else f"written to {mail} (EMAIL_HOST is not set)"
    rows = [
        ("Sequitur", url),
        ("API docs", f"{url}/api/docs/"),
        ("Admin", f"{url}/admin/"),
        ("  login", "admin"),
        ("  password", variables["SEQUITUR_ADMIN_PASSWORD"]),
        ("API key", variables["SEQUITUR_BOOTSTRAP_API_KEY"]),
        ("E-mail", posted),
        ("Data", f"{env.home} (SEQUITUR_HOME)"),
        ("Stop", "Ctrl-C"),
    ]
    return "\n" + "\n".join(f"  {name:<11} {value}" for name, value in rows) + "\n"
