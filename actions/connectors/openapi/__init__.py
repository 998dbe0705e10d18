"""Make a connector of an OpenAPI document (3.0 and 3.1). What cannot be said in a connector is told, never dropped.

Documents are those of strangers: nothing is fetched, references are followed within the document and within bounds.
"""

from actions.connectors.openapi.importing import Choice, Imported, import_spec, read

__all__ = ["Choice", "Imported", "import_spec", "read"]
