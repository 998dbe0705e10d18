"""How dates are written in the admin (`FORMAT_MODULE_PATH`): Django looks here before its own formats of a language."""
