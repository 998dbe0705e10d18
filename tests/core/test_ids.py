from core import ids


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = ids.new_id()

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_sorting_by_id_is_sorting_by_age() -> None:
    made = [ids.new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == 10_000
