"""A Django app of somebody who uses Sequitur: a plugin of the tests (`tests.services` names it in the environment)."""
