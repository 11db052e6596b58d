"""From the call's start to an engine that knows its task: asked, asked again, given up (R-SES).

An engine that is lost later is sought once more in the same way; its sessions also end by
themselves after an hour (protocols, B1), so that a long call may lose several, long apart.
"""

from .policy import NEVER, CallPolicy


class Connecting:
    """Limits count from the search's beginning, so that they hold whatever has not happened."""

    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._began_at = 0
        self._lost_at: int | None = None
        self.is_ready = False
        """The engine knows its task; it may be given orders."""
        self._limit_at = policy.configure_limit_ms
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
        retry_ms = self._policy.configure_retry_ms
        self._retry_at = self._began_at + retry_ms
        if self._retry_at <= now:
            self._retry_at = now + retry_ms
        return True

    def configured(self) -> bool:
        """Whether that is news: a session may confirm its settings twice."""
        self._limit_at = self._retry_at = NEVER
        is_news, self.is_ready = not self.is_ready, True
        return is_news

    def lost(self, now: int) -> bool:
        """Whether to look for another engine: once, and not soon after the last time."""
        apart_ms = self._policy.engine_losses_apart_ms
        if self._lost_at is not None and now - self._lost_at < apart_ms:
            return False
        self._lost_at = now
        if self.is_ready:  # else the limit of the search that is going on holds
            self._began_at = now
            self._limit_at = now + self._policy.configure_limit_ms
        self.is_ready = self._is_open = False
        self._retry_at = NEVER
        return True

    def has_failed(self, now: int) -> bool:
        return now >= self._limit_at

    def retries(self, now: int) -> bool:
        """Whether the settings are to be sent again: once."""
        if now < self._retry_at:
            return False
        self._retry_at = NEVER
        return True
