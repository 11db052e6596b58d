"""PURE. Other people's protocols, both directions, so that product and rig share one definition."""
