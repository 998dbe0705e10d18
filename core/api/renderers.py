"""What answers may be asked for beside JSON (`Accept`). The views write it themselves; errors are JSON all the same."""

from rest_framework.renderers import JSONRenderer


class YamlRenderer(JSONRenderer):
    """Documents as people write them."""

    media_type = "application/yaml"
    format = "yaml"


class ZipRenderer(JSONRenderer):
    """Archives."""

    media_type = "application/zip"
    format = "zip"
