"""Models that run here: the runtime for them, and the one that hears voices.

Not for processes that run no model: the runtime is large.
"""

import os

# The model runtime's builds report usage to their maker unless told not to before they are loaded;
# callers' voices are nobody else's business. `runtime.keep_to_ourselves` says it a second time.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
