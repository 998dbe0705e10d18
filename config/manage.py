"""`make manage ARGS="..."`: manage.py on the instance that `make up` runs, with its URLs and keys."""

import os
import sys
from collections.abc import MutableMapping, Sequence

from config import up
from config.embedded import credentials, servers
from config.embedded.errors import StartError
from config.embedded.home import Home
from config.environment import BASE_DIR


def main(arguments: Sequence[str]) -> int:
    """Become `manage.py` with these arguments; returns 1, and says why, when there is no instance."""
    try:
        variables = instance(os.environ)
    except StartError as error:
        sys.stderr.write(f"Cannot start: {error}\n")
        return 1
    return os.execve(sys.executable, [sys.executable, str(BASE_DIR / "manage.py"), *arguments], variables)  # noqa: S606


def instance(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Return the environment that the programs of the instance run in.

    Raises `StartError` when `make up` never ran on this home.
    """
    up.set_defaults(environment)
    env = up.load_environment()
    home = Home(env.home)
    if not home.credentials.exists():
        raise StartError(f"there is no instance in {home.path}; `make up` makes one.")
    variables = credentials.fill_in(environment, credentials.load_or_make(home.credentials))
    return variables | servers.urls(home, environment) | up.named(env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
