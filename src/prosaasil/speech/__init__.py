"""The embedded engine: a server that speaks the realtime protocol with models of its own.

Its three parts are ports with two implementations each, one of ours and one over HTTP: a
recogniser (`recogniser`), a dialogue (`dialogue`) and a synthesiser (`synthesiser`).
"""

import os

# The model runtime's builds report usage to their maker unless told not to before they are loaded;
# callers' voices are nobody else's business. `detector.keep_to_ourselves` says it a second time.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
