from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ml_ci.parity.coverage.cover import greedy_cover, needless

SETS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.frozensets(st.integers(0, 9)))


def test_greedy_cover__takes_what_adds_most_first() -> None:
    noticed = {"a": {1, 2}, "b": {1, 2, 3}, "c": {4}}
    assert ("b", "c") == greedy_cover(noticed)


def test_greedy_cover__of_equal_ones_the_first_by_name() -> None:
    assert ("a",) == greedy_cover({"b": {1}, "a": {1}})


def test_greedy_cover__of_nothing() -> None:
    assert () == greedy_cover({})
    assert () == greedy_cover({"a": set()})


@given(SETS)
def test_greedy_cover__notices_all_that_all_notice(noticed: dict[str, frozenset[int]]) -> None:
    chosen = greedy_cover(noticed)
    assert set().union(*noticed.values()) == set().union(*(noticed[name] for name in chosen))


@given(SETS)
def test_needless__each_alone_can_go(noticed: dict[str, frozenset[int]]) -> None:
    everything = set().union(*noticed.values())
    for name in needless(noticed):
        others = (what for other, what in noticed.items() if other != name)
        assert everything == set().union(*others)


def test_needless__what_alone_notices_something_is_needed() -> None:
    assert ("a", "b") == needless({"a": {1}, "b": {1}, "c": {2}})
