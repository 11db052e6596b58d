"""prosaasil: a self-hosted, multi-business platform for AI phone agents."""
