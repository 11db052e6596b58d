"""Plumbing that knows no domain: settings, clocks, secrets, logs, the database and its server."""
