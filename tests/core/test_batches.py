from core import batches


def test_all_items_come_in_order_the_last_piece_shorter() -> None:
    assert list(batches.of([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]


def test_nothing_has_no_pieces() -> None:
    assert list(batches.of([], 2)) == []
