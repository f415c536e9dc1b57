"""Worker processes: what they import, who may start them, and that they end with the process that started them."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from asterism.framework.workers import InWorker, Worker, dumps, usable_cores

FUNCTIONS = """
import os, re, sys, time

def modules(part): return sorted(sys.modules)
def show(part):
    print(os.getpid(), flush=True)
    re.match("(a+)+b", "a" * 60)  # holds the interpreter's lock for ever
def settled(part): return os.get_inheritable(0), sys.stdin.read(), sys.flags.utf8_mode
def outlive(part):
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(part, "w") as stream: stream.write(str(child.pid))
    time.sleep(60)
def threads(part):
    import numpy, scipy.linalg, sklearn.cluster, threadpoolctl
    return [(pool["user_api"], pool["num_threads"]) for pool in threadpoolctl.threadpool_info()]
def memory(part): return os.environ["MALLOC_TRIM_THRESHOLD_"]
def interrupted(part):
    os.kill(os.getpid(), __import__("signal").SIGINT)
    return part
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    return tmp_path


def _run(folder, *arguments, text=None, **environment):
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=text, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _map(function, parts, settings="workers=2"):
    return f"import functions\nfrom asterism.framework.local import LocalEngine\nprint(*LocalEngine({settings}).map({function}, {parts}))\n"


def test_a_worker_imports_what_the_function_needs_and_no_more(folder):
    (folder / "script.py").write_text("import email.mime.audio, numpy\n" + _map("functions.modules", "[1]"))
    modules = _run(folder, "script.py")
    assert "'functions'" in modules
    for name in ("numpy", "email.mime.audio", "asterism.framework.values", "asterism.framework.local"):
        assert f"'{name}'" not in modules


def test_a_script_without_a_guard_is_not_run_again(folder):
    (folder / "script.py").write_text("print('once')\n" + _map("str.upper", "'abc'"))
    assert _run(folder, "script.py") == "once\nA B C\n"


OWN_FUNCTION = """
from asterism.framework.local import LocalEngine
from asterism.framework.problems import problems_to
def double(part):
    import os
    return part * 2, os.getpid()
def main():
    import os
    with problems_to(print):
        answers = list(LocalEngine(workers=2).map(double, range(3)))
    print([answer for answer, _ in answers], os.getpid() in [process for _, process in answers])
"""


def test_a_function_of_the_script_itself_travels_where_the_script_is_guarded(folder):
    (folder / "script.py").write_text(OWN_FUNCTION + "if __name__ == '__main__':\n    main()")
    assert _run(folder, "script.py") == "[0, 2, 4] False\n"


def test_a_function_of_a_module_that_is_run_by_its_name_travels(folder):
    (folder / "package").mkdir()
    (folder / "package" / "program.py").write_text(OWN_FUNCTION + "if __name__ == '__main__':\n    main()")
    assert _run(folder, "-m", "package.program") == "[0, 2, 4] False\n"


def test_a_script_that_defines_the_function_and_has_no_guard_is_told_to_have_one(folder):
    (folder / "script.py").write_text(OWN_FUNCTION + "main()")
    problem, answers = _run(folder, "script.py").splitlines()[-2:]
    assert problem == (
        "worker processes cannot be used, so that the work is done in one process: RuntimeError: "
        "the script starts work when it is imported; put the call under `if __name__ == '__main__'`"
    )
    assert answers == "[0, 2, 4] True"


@pytest.mark.parametrize("arguments", [["-"], ["-c", OWN_FUNCTION + "main()"]])
def test_a_function_from_a_prompt_is_called_there(folder, arguments):
    problem, answers = _run(folder, *arguments, text=OWN_FUNCTION + "main()").splitlines()
    assert problem == (
        "worker processes cannot be used, so that the work is done in one process: "
        "AttributeError: Can't get attribute 'double' on a prompt, or a program that other processes cannot import"
    )
    assert answers == "[0, 2, 4] True"


def test_a_program_at_a_prompt_uses_workers_for_functions_of_modules(folder):
    assert _run(folder, "-", text=_map("str.upper", "'abc'")) == "A B C\n"


@pytest.mark.parametrize("mode", ["0", "1"])
def test_a_worker_reads_nothing_and_writes_text_as_its_parent_does(folder, mode):
    (folder / "script.py").write_text(_map("functions.settled", "[1]"))
    assert _run(folder, "script.py", PYTHONUTF8=mode) == f"(True, '', {mode})\n"


@pytest.mark.parametrize(("given", "expected"), [("", max(1, usable_cores() // 2)), ("1", 1), ("64", max(1, usable_cores() // 2))])
def test_workers_share_the_cores_between_them(folder, given, expected):
    (folder / "script.py").write_text(_map("functions.threads", "[1]"))
    found = eval(_run(folder, "script.py", OMP_NUM_THREADS=given, OPENBLAS_NUM_THREADS=given))  # noqa: S307  # written by the function above
    assert {api for api, _ in found} == {"blas", "openmp"}
    assert {threads for _, threads in found} == {expected}


@pytest.mark.parametrize(("given", "expected"), [({}, "134217728"), ({"MALLOC_TRIM_THRESHOLD_": "1000"}, "1000")])
def test_workers_keep_memory_that_they_need_again_unless_the_user_says_otherwise(folder, given, expected):
    (folder / "script.py").write_text(_map("functions.memory", "[1]"))
    assert _run(folder, "script.py", **given) == f"{expected}\n"


def test_workers_ignore_the_interrupt(folder):
    (folder / "script.py").write_text(_map("functions.interrupted", "'abc'"))
    assert _run(folder, "script.py") == "a b c\n"


def test_workers_end_when_their_parent_is_killed_even_in_the_midst_of_a_part(folder):
    (folder / "script.py").write_text(_map("functions.show", "range(2)"))
    parent = subprocess.Popen([sys.executable, "script.py"], cwd=folder, stdout=subprocess.PIPE, text=True)
    with parent:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
    assert _are_gone(pids)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_reaches_the_parent_alone_and_ends_the_workers(folder):
    (folder / "script.py").write_text(_map("functions.show", "range(2)"))
    parent = subprocess.Popen(
        [sys.executable, "script.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    with parent:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
        errors = _errors_of(parent)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert _are_gone(pids)


def test_a_program_that_the_function_started_is_killed_with_its_worker(folder):
    (folder / "script.py").write_text(_map("functions.outlive", "['pid']", "timeout=2"))
    assert _run(folder, "script.py") == "Lost(reason='took longer than 2 s')\n"
    assert _are_gone([int((folder / "pid").read_text())])


def _errors_of(process):
    """What it wrote until it ended; it is killed where it does not end, so that its workers do not spin for ever."""
    try:
        return process.communicate(timeout=60)[1]
    finally:
        process.kill()


def _are_gone(pids):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_a_worker_tells_how_it_died():
    worker = Worker(dumps(abs), 1)
    worker.kill()
    assert worker.hear() == ("died", "signal 9, SIGKILL")


def test_the_traceback_of_a_worker_is_readable_text():
    assert str(InWorker("Traceback ...")) == "\nTraceback ..."
