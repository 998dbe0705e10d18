"""The entry of the container: `python -m config.entrypoint <command>` runs the command with the secrets it needs.

What the environment does not name is made once and kept on the volume (`SEQUITUR_HOME`), so that
`docker compose up` needs no preparation. The one-shot `migrate` service comes first and makes it.
"""

import os
import sys
from collections.abc import Sequence

from config import environment
from config.embedded import credentials
from config.embedded.errors import StartError
from config.embedded.home import Home


def main(command: Sequence[str]) -> int:
    """Become `command`; returns only when that is impossible."""
    home = Home(environment.load().home)
    try:
        secrets = credentials.load_or_make(home.credentials)
        os.execvpe(command[0], list(command), credentials.fill_in(os.environ, secrets))  # noqa: S606  # its very purpose
    except (StartError, OSError) as error:
        sys.stderr.write(f"Cannot start: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
