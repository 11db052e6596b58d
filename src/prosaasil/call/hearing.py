"""What the ear still has to hear of replies that were sent, and the carrier's proof of it.

After the last frame of a reply a mark is sent; the carrier returns it when it has played all before
it. The ear's clock says when that should be, the mark says that it was. A cleared carrier returns
its marks too, without having played: so a mark counts only until the next clearing.
"""

from msgspec import Struct

from .commands import SendMark
from .policy import NEVER, CallPolicy


class _Sent(Struct):
    reply_id: str
    ends_at: int
    limit_at: int
    is_heard: bool = False


class Hearing:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._awaited: dict[str, _Sent] = {}
        self._marks_sent = 0

    @property
    def is_over(self) -> bool:
        """Everything that was sent is proven to be heard, or has been believed long enough."""
        return not self._awaited

    @property
    def deadline(self) -> int:
        return min(
            (sent.limit_at if sent.is_heard else sent.ends_at for sent in self._awaited.values()),
            default=NEVER,
        )

    def sent(self, reply_id: str, ends_at: int) -> SendMark:
        """The last frame of a reply is with the carrier, and heard at `ends_at`."""
        self._marks_sent += 1
        name = f"{self._marks_sent}:{reply_id}"
        limit_at = ends_at + self._policy.mark_limit_ms
        self._awaited[name] = _Sent(reply_id, ends_at, limit_at)
        return SendMark(name)

    def mark_played(self, name: str, now: int) -> str | None:
        """The reply that is newly known to be heard."""
        sent = self._awaited.get(name)
        if sent is None:
            return None
        newly = not sent.is_heard
        sent.is_heard = True
        sent.limit_at = max(now, sent.ends_at)  # when early, nothing is silent before its time
        if sent.limit_at == now:
            del self._awaited[name]
        return sent.reply_id if newly else None

    def heard(self, now: int) -> list[str]:
        """The replies whose end the clock has newly reached; forgets marks that never came."""
        if not self._awaited:
            return []
        newly = [s for s in self._awaited.values() if s.ends_at <= now and not s.is_heard]
        for sent in newly:
            sent.is_heard = True
        for name in [name for name, s in self._awaited.items() if s.limit_at <= now]:
            del self._awaited[name]
        return [sent.reply_id for sent in newly]

    def cleared(self) -> None:
        self._awaited.clear()
