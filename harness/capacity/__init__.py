"""How much a deployment holds."""
