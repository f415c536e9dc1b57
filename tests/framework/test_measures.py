from asterism.framework import on_request
from asterism.framework.measures import is_on_request


def test_a_metric_that_is_computed_on_request_stays_a_plain_function() -> None:
    @on_request
    def slow(labels: list[int]) -> float:
        return float(len(labels))

    assert slow([1, 2]) == 2.0
    assert is_on_request(slow)
    assert not is_on_request(len)
