"""A cache bounded by the size of what it holds; it can be dropped at any time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedCache(Generic[K, V]):
    """Keeps what was used last while the sizes sum to at most ``limit``; safe from several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """What stands under ``key``, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep ``value``, in place of what stood under ``key``, and drop what was not used for longest."""
        with self._lock:
            _, old = self._kept.pop(key, (None, 0))
            self._kept[key] = (value, size)
            self._size += size - old
            while self._size > self._limit and len(self._kept) > 1:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._size -= dropped

    def get_or(self, key: K, read: Callable[[], tuple[V, int]]) -> V:
        """What stands under ``key``, or the value that ``read`` gives with its size; two threads may read at once."""
        found = self.get(key)
        if found is None:
            found, size = read()
            self.put(key, found, size)
        return found
