"""The servers and processes of `make up`: a real PostgreSQL, a real Valkey and the supervisor above them.

Nothing here imports Django or Celery: it runs before either has its settings.
"""
