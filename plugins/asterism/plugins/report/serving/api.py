"""What the page asks of the server: records, their originals, the nearest ones, groups, edits and selections."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, StreamingResponse

from asterism.framework.edits import Edit

from .asking import Asker
from .failures import UNFIT, Refused, answer
from .nearness import nearest, vector_of
from .originals import MOST_CHARACTERS, TYPES, Original, animation_of, file_of, original_of, picture_of, reading
from .parameters import (
    MOST_ROWS,
    AnyRow,
    AskedEdits,
    AskedSelection,
    AskedText,
    Conditions,
    Group,
    GroupInPath,
    Limit,
    Name,
    Offset,
    Row,
    Search,
    Stage,
    Wanted,
)
from .searching import Question, Searcher
from .selections import as_csv, as_source, safe_name
from .showing import Shower, joined_groups
from .viewed import Viewed

Explain = Callable[[int], dict[str, Any]]


class Api:
    """The answers.

    Parameters
    ----------
    viewed
        The run.
    searcher, shower, asker
        What finds records, shows them, and turns a text or an image into a vector.
    explain
        Says of a row why it is in its group; None where nothing does.
    """

    def __init__(self, viewed: Viewed, searcher: Searcher, shower: Shower, asker: Asker, explain: Explain | None = None) -> None:
        self.viewed, self.searcher, self.shower, self.asker, self.explain_row = viewed, searcher, shower, asker, explain

    def router(self) -> APIRouter:
        """Gather the answers under their addresses."""
        router = APIRouter(prefix="/api")
        gets: dict[str, Callable[..., Any]] = {
            "/columns": self.columns,
            "/records": self.records,
            "/rows": self.rows,
            "/records/{row}": self.record,
            "/records/{row}/picture": self.picture,
            "/records/{row}/original": self.original,
            "/nearest": self.nearest_to_row,
            "/groups/{stage}": self.groups,
            "/groups/{stage}/{group}": self.group,
            "/edits": self.edits,
            "/explain": self.explain,
        }
        posts: dict[str, Callable[..., Any]] = {
            "/nearest/text": self.nearest_to_text,
            "/nearest/image": self.nearest_to_image,
            "/edits": self.edit,
            "/selection": self.selection,
        }
        for method, endpoints in (("GET", gets), ("POST", posts)):
            for path, endpoint in endpoints.items():
                router.add_api_route(path, endpoint, methods=[method], response_class=Response)
        return router

    def columns(self) -> Response:
        """List the columns of single values: ``name``, ``kind`` (text, number, groups, flag) and ``stage``."""
        columns = self.shower.table.columns.values()
        return answer({"columns": [{"name": each.name, "kind": each.kind, "stage": each.stage} for each in columns]})

    def records(
        self,
        offset: Offset = 0,
        limit: Limit = 50,
        order: Name = "",
        where: Conditions = [],  # noqa: B006  # FastAPI copies it
        search: Search = "",
        group_of: Name = "",
        group: Group = 0,
    ) -> Response:
        """Give one page of the records that meet all conditions, in the order of a column."""
        return answer(self._page(Question(where, search, order, group_of, group), offset, limit))

    def rows(self, where: Conditions = [], search: Search = "", group_of: Name = "", group: Group = 0) -> Response:  # noqa: B006  # likewise
        """List the rows of all records that meet all conditions, the first 200,000 of them."""
        question = Question(where, search, group_of=group_of, group=group)
        total, rows = self.searcher.find(question, joined_groups(self.viewed.run), 0, MOST_ROWS)
        return answer({"total": total, "rows": rows})

    def record(self, row: Row) -> Response:
        """Give one record whole: its columns, groups, text, what was recommended to it, and whether it can be seen and opened."""
        run, joined = self.viewed.run, joined_groups(self.viewed.run)
        shown = self.shower.rows([row], joined)[0]
        groups = {}
        for stage in run.stages_giving("labels"):
            group = next((shown["columns"][name] for name, column in self.shower.table.columns.items() if column.stage == stage), None)
            if group is not None:
                groups[stage] = {"group": group, "title": self.viewed.groups(stage).get(group, {}).get("title", "")}
        return answer({**shown, "groups": groups, "recommended": self.shower.recommended(row), **self._whole(row, shown["id"])})

    def picture(self, row: Row, moving: bool = False) -> Response:
        """Give the picture of a record: a PNG, or of a video with ``moving`` an animated WebP."""
        original = self._original(row)
        with reading(self.viewed):
            if moving:
                return Response(animation_of(self.viewed, original), media_type="image/webp")
            return Response(picture_of(self.viewed, original), media_type="image/png")

    def original(self, row: Row) -> Response:
        """Give the original: its file, or where it has none of its own its text or its pixels."""
        original = self._original(row)
        with reading(self.viewed):
            if file := file_of(self.viewed, original):
                media_type = TYPES.get(file.suffix.lower(), "application/octet-stream")
                return FileResponse(file, media_type=media_type, filename=safe_name(file.stem, file.suffix))
            if original.text is not None:
                return _attached(original.text.encode("utf-8", "replace"), TYPES[".txt"], safe_name(self._id(row), ".txt"))
            return _attached(picture_of(self.viewed, original), TYPES[".png"], safe_name(self._id(row), ".png"))

    def nearest_to_row(self, row: AnyRow, n: Wanted = 20) -> Response:
        """List the records nearest to one of them, which is left out."""
        found, cosines = self._near(vector_of(self.shower.table, self._matrix(), row), n + 1)
        kept = [(other, cosine) for other, cosine in zip(found, cosines, strict=True) if other != row][:n]
        return answer(self._nearest(kept))

    def nearest_to_text(self, asked: AskedText, n: Wanted = 20) -> Response:
        """List the records nearest to a text."""
        vector, notes = self.asker.vector_of_text(asked.text)
        return answer({**self._nearest(list(zip(*self._near(vector, n), strict=True))), "notes": notes})

    async def nearest_to_image(self, request: Request, n: Wanted = 20) -> Response:
        """List the records nearest to an image, whose file is the body of the request."""
        content = await request.body()
        return await run_in_threadpool(self._nearest_to_file, content, n)

    def groups(self, stage: Stage) -> Response:
        """List the groups of a stage, largest first: ``group``, ``title``, ``named`` and ``size``."""
        groups = self.viewed.groups(stage)
        found = [{"group": group, **{key: about[key] for key in ("title", "named", "size")}} for group, about in groups.items()]
        return answer({"stage": stage, "groups": sorted(found, key=lambda group: (group["group"] < 0, -group["size"], group["group"]))})

    def group(self, stage: Stage, group: GroupInPath, offset: Offset = 0, limit: Limit = 50) -> Response:
        """Give one page of the records of a group."""
        about = self.viewed.groups(stage).get(group)
        if about is None:
            raise Refused(404, f"stage '{stage}' has no group {group}", "look at its groups again")
        page = self._page(Question(group_of=stage, group=group), offset, limit)
        return answer({"stage": stage, "group": group, "title": about["title"], **page})

    def edits(self) -> Response:
        """List what people changed about the groups."""
        return answer(self._edits())

    def edit(self, asked: AskedEdits) -> Response:
        """Change groups: join and name them."""
        self.viewed.edit([Edit(one.stage, tuple(one.groups), one.name) for one in asked.edits], asked.after)
        return answer(self._edits())

    def selection(self, asked: AskedSelection) -> Response:
        """Save some records as a table, or as a source for another run."""
        rows = sorted(set(asked.rows))
        self._id(rows[-1])  # so that a row that is not there is told
        with reading(self.viewed):
            made = (
                as_csv(self.viewed, self.shower, joined_groups(self.viewed.run), rows)
                if asked.form == "csv"
                else as_source(self.viewed, rows)
            )
        said = {"X-Asterism-Left-Out": str(made.left_out), "X-Asterism-Beside": quote(made.beside)}
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"', **said}
        return StreamingResponse(made.parts(), media_type=made.media_type, headers=headers)

    def explain(self, row: AnyRow) -> Response:
        """Say why a record is where it is."""
        if self.explain_row is None:
            raise Refused(409, "nothing that is installed explains this run")
        self._id(row)
        with self.viewed.decoding:
            return answer(self.explain_row(row))

    def _page(self, question: Question, offset: int, limit: int) -> dict[str, Any]:
        joined = joined_groups(self.viewed.run)
        total, rows = self.searcher.find(question, joined, offset, limit)
        return {"total": total, "offset": offset, "rows": self.shower.rows(rows, joined)}

    def _id(self, row: int) -> str:
        self.viewed.run  # noqa: B018  # to look after the folder
        return str(self.shower.table.take([row], ["id"])["id"][0])

    def _original(self, row: int) -> Original:
        name = self._id(row)
        with reading(self.viewed):
            return original_of(self.viewed, row, name)

    def _whole(self, row: int, name: str) -> dict[str, Any]:
        """Say what is known of the original of a record; where it is gone, why."""
        try:
            with reading(self.viewed):
                original = original_of(self.viewed, row, name)
                text, file = original.text, file_of(self.viewed, original)
        except Refused as refused:
            return {"text": None, "truncated": False, "picture": False, "moving": False, "gone": refused.message}
        moves = text is None and hasattr(self.viewed.opened.pipeline.modality, "animation")
        whole = None if text is None else text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()
        cut = text is not None and len(text) > MOST_CHARACTERS
        return {"text": whole, "truncated": cut, "picture": text is None, "moving": moves, "gone": "", "file": file.name if file else ""}

    def _matrix(self) -> Any:
        self.viewed.run  # noqa: B018  # to look after the folder
        matrix = self.shower.table.matrices.get(self.asker.stage)
        if matrix is None:
            raise Refused(409, "no stage of the run gives vectors, so no record is near another")
        return matrix

    def _near(self, vector: Any, n: int) -> tuple[list[int], list[float]]:
        matrix = self._matrix()
        if len(vector) != matrix.width:
            raise Refused(UNFIT, f"that gives a vector of {len(vector)} columns, those of the run have {matrix.width}")
        return nearest(self.shower.table, matrix, vector, n)

    def _nearest_to_file(self, content: bytes, n: int) -> Response:
        with self.viewed.decoding:
            vector, notes = self.asker.vector_of_image(content)
        return answer({**self._nearest(list(zip(*self._near(vector, n), strict=True))), "notes": notes})

    def _nearest(self, found: list[tuple[int, float]]) -> dict[str, Any]:
        shown = self.shower.rows([row for row, _ in found], joined_groups(self.viewed.run))
        return {"stage": self.asker.stage, "rows": [{**one, "similarity": cosine} for one, (_, cosine) in zip(shown, found, strict=True)]}

    def _edits(self) -> dict[str, Any]:
        edits = self.viewed.run.edits
        stages = self.viewed.run.stages_giving("labels")
        titles = {stage: {str(group): about["title"] for group, about in self.viewed.groups(stage).items()} for stage in stages}
        return {"count": len(edits), "edits": edits.as_json(), "titles": titles}


def _attached(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
