"""What the contract kit found: one result per check, readable as text."""

import unittest
from dataclasses import dataclass, field


class Broken(AssertionError):
    """A component breaks a law; the message says which value broke it."""


class NotChecked(unittest.SkipTest):
    """A law cannot be checked here; the message says why. Test runners, pytest among them, count it as skipped."""


@dataclass(frozen=True)
class CheckResult:
    """How one check went."""

    name: str
    passed: bool
    message: str = ""
    """What was wrong; empty where it passed."""
    skipped: str = ""
    """Why it did not run; empty where it ran. A skipped check counts as passed."""

    def __str__(self) -> str:
        if self.skipped:
            return f"skip  {self.name}: {self.skipped}"
        return f"ok    {self.name}" if self.passed else f"FAIL  {self.name}: {self.message}"


@dataclass
class Report:
    """What every check found about one component."""

    component: str
    """The component as its ``repr`` writes it."""
    results: list[CheckResult] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True where no check failed."""
        return not self.failures

    @property
    def failures(self) -> list[CheckResult]:
        """The checks that failed."""
        return [result for result in self.results if not result.passed]

    def raise_for_failures(self) -> None:
        """Raise `Broken` with every failure, where there is one."""
        if not self.ok:
            raise Broken("\n".join([self._headline(), *map(str, self.failures)]))

    def _headline(self) -> str:
        skipped = sum(bool(result.skipped) for result in self.results)
        passed = len(self.results) - len(self.failures) - skipped
        return f"{self.component}: {passed} passed, {len(self.failures)} failed, {skipped} skipped"

    def __str__(self) -> str:
        return "\n".join([self._headline(), *(f"  {result}" for result in self.results)])
