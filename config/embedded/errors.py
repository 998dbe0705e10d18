"""What can keep the embedded servers from starting, each said in a sentence for the person at the terminal."""


class StartError(Exception):
    """The product cannot start; the message says why and what to do about it."""
