"""From the call's start to an engine that knows its task: asked, asked again, given up (R-SES)."""

from .policy import NEVER, CallPolicy


class Connecting:
    """Limits count from the call's start, so that they hold whatever has not happened."""

    def __init__(self, policy: CallPolicy) -> None:
        self._limit_at = policy.configure_limit_ms
        self._retry_ms = policy.configure_retry_ms
        self._retry_at = NEVER
        self._is_started = False
        self._is_open = False

    @property
    def deadline(self) -> int:
        return min(self._limit_at, self._retry_at)

    def started(self) -> bool:
        """Whether to connect: once."""
        is_first, self._is_started = not self._is_started, True
        return is_first

    def opened(self, now: int) -> bool:
        """Whether the settings are to be sent: once."""
        if self._is_open:
            return False
        self._is_open = True
        self._retry_at = self._retry_ms if now < self._retry_ms else now + self._retry_ms
        return True

    def configured(self) -> None:
        self._limit_at = self._retry_at = NEVER

    def has_failed(self, now: int) -> bool:
        return now >= self._limit_at

    def retries(self, now: int) -> bool:
        """Whether the settings are to be sent again: once."""
        if now < self._retry_at:
            return False
        self._retry_at = NEVER
        return True
