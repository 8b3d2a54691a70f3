"""Tests of reading ahead and writing behind."""

import threading

import pytest

from hand_geo_keras.prediction.overlap import WriteBehind, read_ahead


def test_items_come_in_order_and_from_another_thread():
    threads = set()

    def numbers():
        for number in range(100):
            threads.add(threading.current_thread())
            yield number

    assert list(read_ahead(numbers())) == list(range(100))
    assert threading.current_thread() not in threads and len(threads) == 1


def test_no_more_is_read_than_allowed():
    read = []
    place_needed = threading.Event()

    def numbers():
        for number in range(10):
            read.append(number)
            if len(read) == 4:  # one in use, two ready, one waiting for a free place
                place_needed.set()
            yield number

    items = read_ahead(numbers(), most=2)
    assert next(items) == 0
    assert place_needed.wait(5)
    assert len(read) == 4
    assert list(items) == list(range(1, 10))


def test_an_error_arrives_after_what_came_before_it():
    def broken():
        yield 1
        raise KeyboardInterrupt

    items = read_ahead(broken())
    assert next(items) == 1
    with pytest.raises(KeyboardInterrupt):
        next(items)


def test_closing_early_closes_the_source_and_ends_the_thread():
    closed = []

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.append(threading.current_thread())

    items = read_ahead(read_ahead(endless()))
    assert next(items) == 0
    items.close()
    assert len(closed) == 1 and not closed[0].is_alive()


def test_an_unused_generator_starts_nothing():
    before = threading.active_count()
    read_ahead(iter([1])).close()
    assert threading.active_count() == before


def test_calls_are_made_in_order_in_another_thread():
    done = []
    with WriteBehind(most=2) as behind:
        for number in range(50):
            behind(lambda n: done.append((n, threading.current_thread())), number)
    assert [number for number, _ in done] == list(range(50))
    assert {thread for _, thread in done}.isdisjoint({threading.current_thread()})


def test_the_first_error_ends_it():
    done = []

    def fail():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), WriteBehind(most=1) as behind:
        behind(fail)
        for _ in range(10):
            behind(done.append, 1)
    assert done == []


def test_an_error_of_the_caller_drops_what_is_queued():
    started, go, done = threading.Event(), threading.Event(), []

    def first():
        started.set()
        go.wait(5)

    with pytest.raises(ValueError), WriteBehind(most=9) as behind:
        behind(first)
        behind(done.append, 1)
        started.wait(5)
        threading.Timer(0.05, go.set).start()
        raise ValueError
    assert done == []
