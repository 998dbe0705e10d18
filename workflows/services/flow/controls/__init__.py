"""One file for each control; `workflows.services.flow.gate` asks them in its order."""
