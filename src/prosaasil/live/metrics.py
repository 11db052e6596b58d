"""What is counted of all calls of the process, for Prometheus."""

from prosaasil.kit import telemetry

CALLS = telemetry.counter("live_calls", "Calls that ended, by how", ["reason"])
CALLS_NOW = telemetry.gauge("live_calls_now", "Calls going on in this process")
UPGRADES_REFUSED = telemetry.counter(
    "live_upgrades_refused", "Sockets refused before accepting", ["reason"]
)
STARTS_REFUSED = telemetry.counter(
    "live_starts_refused", "Streams refused at their start", ["reason"]
)
BAD_MESSAGES = telemetry.counter(
    "live_bad_messages", "Messages survived, by who sent them", ["peer", "reason"]
)
ENGINE_FAILURES = telemetry.counter("live_engine_failures", "Engines lost in a call", ["kind"])
FRAMES = telemetry.counter("live_frames", "Audio frames of ended calls", ["way"])
RECORDINGS_FAILED = telemetry.counter("live_recordings_failed", "Recordings that broke off")
FINISHES_FAILED = telemetry.counter(
    "live_finishes_failed", "Attempts to write an outcome down that failed"
)
LOOP_LAG_MS = telemetry.histogram(
    "live_loop_lag_ms", "How late the 20 ms tick ran", (1, 2, 5, 10, 20, 40, 60, 100, 200, 500)
)
