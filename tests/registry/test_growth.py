import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.registry.growth import Growth, fit_growth, power_law

COUNTS = (250, 500, 1000, 2000)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("base", [0.0, 1e-6])
def test_the_power_of_a_clean_curve_is_found(power: float, base: float) -> None:
    found = fit_growth({n: base + 1e-9 * n**power for n in COUNTS})
    assert found.at(100_000) == pytest.approx(base + 1e-9 * 100_000**power, rel=0.3)


@given(st.lists(st.floats(0.8, 1.25), min_size=4, max_size=4))
def test_noise_does_not_turn_a_straight_line_into_a_steep_curve(noise: list[float]) -> None:
    found = fit_growth({n: 1e-3 * n * factor for n, factor in zip(COUNTS, noise, strict=True)})
    assert 0.4 < found.at(1_000_000) / 1000 < 2.5


def test_one_slow_moment_of_the_machine_does_not_count() -> None:
    quiet = {n: 1e-4 * n for n in COUNTS}
    assert fit_growth(quiet | {500: 3.0}).at(10_000) == pytest.approx(1.0, rel=0.3)


def test_differences_below_the_floor_are_noise() -> None:
    assert fit_growth({100: 0.001, 200: 0.002}, floor=0.003) == Growth(base=0.0015)


def test_one_count_alone_is_taken_to_grow_in_step() -> None:
    assert fit_growth({10: 5.0}) == Growth(rate=0.5)


def test_what_grows_slower_than_the_records_is_seen_where_that_is_allowed() -> None:
    found = fit_growth({n: n**0.5 for n in COUNTS}, exact=True)
    assert (found.power, round(found.at(1_000_000))) == (0.5, 1000)


@given(st.dictionaries(st.integers(1, 10**6), st.floats(0, 1e9), min_size=1, max_size=6), st.integers(1, 10**9))
def test_a_curve_is_finite_and_not_below_zero(seen: dict[int, float], n: int) -> None:
    seen = dict(sorted(seen.items()))
    for curve in (fit_growth(seen, 1e-3), fit_growth(seen, 1.0, exact=True), power_law(seen)):
        assert 0 <= curve.at(n) < float("inf")


def test_words_say_what_it_grows_with() -> None:
    assert [Growth(0, 1, power).words for power in (1.0, 2.0, 2.5)] == [
        "the records",
        "the square of the records",
        "the records to the power of 2.5",
    ]
    assert Growth(base=3.0).words == "nothing"


def test_a_vocabulary_grows_by_a_power_below_one() -> None:
    found = power_law({n: 30 * n**0.5 for n in COUNTS})
    assert found.at(1_000_000) == pytest.approx(30_000)
    assert power_law(dict.fromkeys(COUNTS, 64.0)) == Growth(base=64.0)
    assert power_law({n: 2.0 * n**2 for n in COUNTS}).power == 1.0
