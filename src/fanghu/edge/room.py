"""Room in memory that many share: who finds none waits for its turn."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(eq=False)
class Room:
    """So many bytes at once, in the order of asking; what is larger than all of it goes alone."""

    most: int
    used: int = 0
    _queue: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque)

    async def take(self, size: int) -> None:
        """Wait until there is room for ``size`` bytes."""
        if not self._queue and (not self.used or self.used + size <= self.most):
            self.used += size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(size)
            raise

    def give(self, size: int) -> None:
        """Give the room back; whoever waits first is let in."""
        self.used -= size
        while self._queue:
            wanted, turn = self._queue[0]
            if turn.done():
                self._queue.popleft()
            elif not self.used or self.used + wanted <= self.most:
                self._queue.popleft()
                self.used += wanted
                turn.set_result(None)
            else:
                return
