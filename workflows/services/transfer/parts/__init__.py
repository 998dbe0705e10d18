"""What a workspace has beside its workflows: a module for each section of a bundle.

Each has `items()`, what is exported, in an order that does not depend on when it was made, and `put(item, conflict,
by)`, which brings one item into the workspace in scope and says what was done.
"""
