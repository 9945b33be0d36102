"""The cache of the repositories."""

from __future__ import annotations

from mlflow_ext_server.repositories.cache import SizedCache


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache: SizedCache[str, str] = SizedCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == "A"
    cache.put("c", "C", 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")


def test_a_value_put_again_counts_once_and_one_too_large_is_kept_alone() -> None:
    cache: SizedCache[str, str] = SizedCache(10)
    for _ in range(5):
        cache.put("a", "A", 4)
    cache.put("b", "B", 6)
    assert cache.get("a") == "A"
    cache.put("large", "L", 100)
    assert (cache.get("large"), cache.get("a"), cache.get("b")) == ("L", None, None)


def test_a_missing_value_is_read_once() -> None:
    cache: SizedCache[str, list[int]] = SizedCache(10)
    reads: list[int] = []
    for _ in range(3):
        assert cache.get_or("a", lambda: ([reads.append(1) or len(reads)], 1)) == [1]
    assert len(reads) == 1
