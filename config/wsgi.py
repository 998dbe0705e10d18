"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from core.streams import handover

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = handover.wrap(get_wsgi_application())
