"""Django's PostgreSQL, in sessions that follow the scope. The setting `DATABASES` names this package."""
