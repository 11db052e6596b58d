"""Agents: a business's prompts, one for each direction, and their compilation to a briefing."""
