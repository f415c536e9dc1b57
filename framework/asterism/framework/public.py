"""Everything that the core offers, in one place; `asterism.framework` passes it on when it is first asked for."""

from .component import Component, FieldInfo, describe_fields
from .errors import (
    AsterismError,
    BrokenPlugin,
    Cancelled,
    ConflictingPlugins,
    DataError,
    MissingExtra,
    ModelError,
    NotFittedError,
    OutputError,
    PluginError,
    SpecError,
    UnknownComponent,
    WiringError,
)
from .finished import FinishedRun
from .hooks import hookimpl, hookspec
from .kinds import Clusterer, Encoder, Generator, Modality, Recommender, Reducer
from .measures import in_detail, on_request
from .pipeline import Pipeline
from .problems import Problem, report_problem
from .records import Entry, Records
from .result import Result
from .settings import Settings
from .stages import Stage, wire
from .state import dump_state, load_state
from .summation import Summable, Summary, add_up, fit_by_sums
from .upstream import Upstream
from .values import CSR, Interactions, Joint, Labels, Matrix, Ranking, Reason, Scores

__all__ = [
    "CSR",
    "AsterismError",
    "BrokenPlugin",
    "Cancelled",
    "Clusterer",
    "Component",
    "ConflictingPlugins",
    "DataError",
    "Encoder",
    "Entry",
    "FieldInfo",
    "FinishedRun",
    "Generator",
    "Interactions",
    "Joint",
    "Labels",
    "Matrix",
    "MissingExtra",
    "Modality",
    "ModelError",
    "NotFittedError",
    "OutputError",
    "Pipeline",
    "PluginError",
    "Problem",
    "Ranking",
    "Reason",
    "Recommender",
    "Records",
    "Reducer",
    "Result",
    "Scores",
    "Settings",
    "SpecError",
    "Stage",
    "Summable",
    "Summary",
    "UnknownComponent",
    "Upstream",
    "WiringError",
    "add_up",
    "describe_fields",
    "dump_state",
    "fit_by_sums",
    "hookimpl",
    "hookspec",
    "in_detail",
    "load_state",
    "on_request",
    "report_problem",
    "wire",
]
