"""Where webhooks arrive, with the last slash or without it: a redirected POST would lose its body."""

from django.urls import re_path

from triggers.api import hooks

PUBLIC_ID = r"^(?P<public_id>[A-Za-z0-9_-]{1,64})"

urlpatterns = [
    re_path(PUBLIC_ID + "/$", hooks.hook, name="hook"),
    re_path(PUBLIC_ID + "$", hooks.hook),
]
