"""The hook `report`: a run ends with a page that people look at."""

from asterism.framework import FinishedRun, hookimpl

from .writing import FILE, write_report


class Report:
    """Writes ``report.html`` into the folder of a run: one file of HTML that opens anywhere, without a network."""

    @hookimpl
    def after_write(self, run: FinishedRun) -> None:
        write_report(run, run.folder / FILE)
