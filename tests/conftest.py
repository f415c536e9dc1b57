"""What holds for all tests: threads, how long an example of hypothesis may take, and a Ctrl-C that is heard."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Data are tiny here, so that threads of OpenMP and BLAS only wait for each other: where the machine does other things, a fit in two of them
# takes up to ten times as long as one in one. It is said before numpy and torch are loaded, and handed on to processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The first example may import a library, and any may have to wait for the processor; neither says anything about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def several_threads() -> Iterator[None]:
    """Lets BLAS have two threads, and with it what works on parts of a matrix at once."""
    import scipy.linalg  # so that its BLAS is loaded when the libraries are looked up
    from threadpoolctl import threadpool_limits

    del scipy
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets the processes that a test starts hear Ctrl-C; what a shell starts in the background ignores it, and hands that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
