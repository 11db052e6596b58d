"""The asyncio shell of calls: the only package with sockets to a carrier or an engine."""
