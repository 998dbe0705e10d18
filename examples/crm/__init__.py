"""A CRM, as a project that uses Sequitur might be: the example plugin, which `make up` enables."""
