import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from asterism.plugins.vectors import parts
from asterism.plugins.vectors.parts import in_parts

pytestmark = pytest.mark.usefixtures("several_threads")


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("n_rows", [0, 1, 4096, 4097, 40_000])
def test_parts_are_all_rows_in_order(n_rows: int) -> None:
    X = np.arange(n_rows)[:, np.newaxis]
    found = in_parts(lambda part: part[:, 0].tolist(), X)
    assert [row for part in found for row in part] == list(range(n_rows))
    assert len(found) <= 8


def test_part_of_few_rows_is_worked_on_here_and_now() -> None:
    assert in_parts(lambda part: threading.current_thread(), np.zeros((4096, 1))) == [threading.current_thread()]


def test_host_that_allows_one_thread_gets_no_more() -> None:
    with threadpool_limits(1, user_api="blas"):
        assert set(in_parts(lambda part: threading.current_thread(), np.zeros((40_000, 1)))) == {threading.current_thread()}


def test_parts_and_with_them_the_answer_do_not_depend_on_the_threads() -> None:
    X = np.random.default_rng(0).random((30_000, 5)).astype(np.float32)
    many = in_parts(lambda part: (part.T @ part).tolist(), X)
    with threadpool_limits(1, user_api="blas"):
        assert in_parts(lambda part: (part.T @ part).tolist(), X) == many


def test_blas_has_one_thread_meanwhile_and_what_it_had_afterwards() -> None:
    before = blas_threads()
    assert all(set(meanwhile) == {1} for meanwhile in in_parts(lambda part: blas_threads(), np.zeros((9000, 1))))
    assert blas_threads() == before


def test_error_in_a_part_comes_out_and_the_threads_of_blas_come_back() -> None:
    before = blas_threads()

    def fail(part: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_parts(fail, np.zeros((9000, 1)))
    assert blas_threads() == before
    assert not parts._limiting.locked()
