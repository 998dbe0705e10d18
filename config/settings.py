"""Django's settings. Values come from `config.environment`; what they mean is said there and in the README."""

from typing import Any

import dj_database_url
import django_stubs_ext

from config import environment
from config.celery import app as celery_app
from config.logs import configure_logs
from core.plugins import guarding

__all__ = ("celery_app",)  # loaded here so that every Django process publishes through it

django_stubs_ext.monkeypatch()  # lets Django's generic classes take their types at run time too

ENV = environment.load()
BASE_DIR = environment.BASE_DIR

SECRET_KEY = ENV.secret_key  # Django refuses to sign with an empty one
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins

INSTALLED_APPS = [
    "core",  # before the admin, whose templates it extends
    "config.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "triggers",
    "actions",
    "workflows",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.api.middleware.request_id",
    "core.api.middleware.caller_address",
    "core.api.middleware.last_slash",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

_DATABASE: dict[str, Any] = {
    **dj_database_url.parse(
        ENV.database_url or "postgresql://sequitur@localhost/sequitur",
        conn_max_age=60,
        conn_health_checks=True,
        engine="core.row_security.backend" if ENV.row_security != "off" else None,
    ),
    "ATOMIC_REQUESTS": False,
}
# A process that is frozen in a transaction (SIGSTOP, a suspended machine) would keep its locks for ever: PostgreSQL
# ends its session after this. Options that the URL names win.
_OPTIONS = {"options": "-c idle_in_transaction_session_timeout=60s", **_DATABASE.get("OPTIONS", {})}
DATABASES = {"default": {**_DATABASE, "OPTIONS": _OPTIONS}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"  # DATETIME_FORMAT counts for languages without formats of their own only
USE_TZ = True

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ENV.home / "exports"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic step between a change and its sight

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.tls else None
# Bodies are bounded by core.api.parsers, which answers in our envelope; this is the wall behind it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if ENV.email_host
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = str(ENV.home / "mail")
EMAIL_HOST = ENV.email_host
EMAIL_PORT = ENV.email_port
EMAIL_HOST_USER = ENV.email_host_user
EMAIL_HOST_PASSWORD = ENV.email_host_password
EMAIL_USE_TLS = ENV.email_use_tls
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = ENV.default_from_email

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.ApiKeyAuthentication",
        "core.api.authentication.WorkspaceSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.HasRole"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.rates.RequestsPerMinute"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "core.api.openapi.Description",
    "EXCEPTION_HANDLER": "core.api.envelope.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sequitur",
    "DESCRIPTION": "When this happens, and this holds, do that.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Shapes of PATCH are models of their own. Else drf-spectacular marks the class of the model as partial, and of the
    # second description on, in one process, all that is made of the class is named Patched...
    "COMPONENT_SPLIT_PATCH": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "core.api.description.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

SEQUITUR_ENCRYPTION_KEYS = ENV.encryption_keys
SEQUITUR_API_REQUESTS_PER_MINUTE = ENV.api_requests_per_minute
SEQUITUR_OUTBOUND_ALLOW = ENV.outbound_allow
SEQUITUR_PUBLIC_URL = ENV.public_url
SEQUITUR_OPEN_WORKSPACES = ENV.open_workspaces
SEQUITUR_TRUSTED_PROXIES = ENV.trusted_proxies
SEQUITUR_OUTBOUND_PROXY = ENV.outbound_proxy
SEQUITUR_OUTBOUND_CONNECT_SECONDS = ENV.outbound_connect_seconds
SEQUITUR_OUTBOUND_MAX_RESPONSE_BYTES = ENV.outbound_max_response_bytes
SEQUITUR_OBJECTS_PATH = str(ENV.home / "objects")
SEQUITUR_APPRISE_SCHEMES = ENV.apprise_schemes
SEQUITUR_LEASE_SECONDS = ENV.lease_seconds
SEQUITUR_STOP_SECONDS = ENV.stop_seconds
SEQUITUR_REHINT_SECONDS = ENV.rehint_seconds
SEQUITUR_MAX_EVENT_TRIES = ENV.max_event_tries
SEQUITUR_MAX_MESSAGE_DEATHS = ENV.max_message_deaths  # above that: the event of a message is blamed before the message
RUN_FAST_FORWARD = ENV.run_fast_forward
SEQUITUR_FAST_FORWARD_SECONDS = ENV.fast_forward_seconds
SEQUITUR_FAIR_WINDOW = ENV.fair_window
# Limits of one document; all answer 413 or 400 in the error envelope.
SEQUITUR_MAX_BODY_BYTES = 1024 * 1024
SEQUITUR_MAX_EVENT_BYTES = 256 * 1024  # a workspace may have less: core.limits
SEQUITUR_MAX_BATCH_EVENTS = 1000  # so is this
SEQUITUR_MAX_BATCH_BYTES = 8 * 1024 * 1024
SEQUITUR_MAX_WAITING_SENDERS = 2  # per web process, of its 4 threads (config.web)
SEQUITUR_MAX_DEFINITION_BYTES = 256 * 1024
SEQUITUR_MAX_ACTIONS = 100  # nested ones included
SEQUITUR_MAX_ITEMS = 1000  # of one for_each
SEQUITUR_MAX_ACTION_RUNS = 10_000  # of one run, the items of loops in loops included
SEQUITUR_MAX_KEY_VALUES = 10_000  # of one workspace
SEQUITUR_MAX_LOCAL_OBJECT_BYTES = 256 * 1024 * 1024  # of one workspace, where there is no store for objects
SEQUITUR_MAX_WORKFLOWS = ENV.max_workflows  # of one workspace, which may have less: core.limits
SEQUITUR_MAX_API_KEYS = ENV.max_api_keys
SEQUITUR_MAX_API_KEYS_PER_OWNER = ENV.max_api_keys_per_owner
SEQUITUR_MAX_SERVICE_ACCOUNTS = ENV.max_service_accounts
SEQUITUR_MAX_OPEN_INVITATIONS = ENV.max_open_invitations
SEQUITUR_MAX_SECRETS = ENV.max_secrets
SEQUITUR_MAX_CONNECTIONS = ENV.max_connections
SEQUITUR_MAX_PATTERNS = ENV.max_patterns
SEQUITUR_MAX_WORKFLOW_TESTS = ENV.max_workflow_tests
SEQUITUR_MAX_KEPT_ANSWERS = ENV.max_kept_answers
SEQUITUR_MAX_KEPT_ANSWER_BYTES = ENV.max_kept_answer_bytes
SEQUITUR_ROW_SECURITY = ENV.row_security
SEQUITUR_QUERY_DATABASE_URL = ENV.query_database_url
SEQUITUR_MAX_EVENT_DEPTH = ENV.max_event_depth
SEQUITUR_KEEP_VERSIONS = ENV.keep_versions
SEQUITUR_MAX_RUNS_PER_EVENT_CHAIN = ENV.max_runs_per_event_chain
SEQUITUR_MAX_RUN_DEPTH = 5  # of runs that start each other

LOGGING_CONFIG = None
configure_logs(level=ENV.log_level)

_LABELS = {"admin", *(each.rpartition(".")[2] for each in INSTALLED_APPS)}
# Last: a plugin that cannot be imported is named in the log, and left out.
INSTALLED_APPS = [
    *INSTALLED_APPS,
    *guarding.app_configs(ENV.plugins, taken=_LABELS),  # type: ignore[list-item]  # Django takes configurations
]
