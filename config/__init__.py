"""How Sequitur is deployed: settings, the Celery application, URLs, and the embedded servers of `make up`.

Importing the package imports nothing else: the embedded servers start before settings may be read. `config.settings`
loads the Celery application for every Django process.
"""
