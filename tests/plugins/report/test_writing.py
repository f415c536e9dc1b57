"""The page as one file: nothing in it that a browser would fetch, and nothing of a run that could be read as markup or script."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from asterism.framework import OutputError
from asterism.plugins.report.writing import FILE, PAGE, render, script_json, write_report
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & 'x' \"y\""
EMPTY = {"run": {}, "points": {}, "maps": [], "groupings": [], "outliers": [], "duplicates": []}


def content_in(page: str) -> object:
    found = re.search(r'<script type="application/json" id="content">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_whatever_a_run_holds_comes_back_as_it_was_and_ends_no_script() -> None:
    page = render({**EMPTY, "title": HOSTILE, "metrics": [HOSTILE]})
    assert content_in(page) == {**EMPTY, "title": HOSTILE, "metrics": [HOSTILE], "live": None}
    assert "<script>alert" not in page
    assert "\u2028" not in page.partition('id="content"')[2].partition("</script>")[0]
    assert "<title>&lt;/script&gt;" in page


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        script_json({"score": float("nan")})


def test_a_page_names_nothing_that_lies_elsewhere() -> None:
    page = render({**EMPTY, "title": "x"})
    markup = page.partition('<script type="application/json"')[0]
    outside = re.findall(r"""(?:src|href)=["'](?!data:|#)[^"']+|url\((?!["']?data:)[^)]+""", markup)
    assert outside == []
    assert [link for link in re.findall(r"https?://[^\s\"'`)]+", page) if not link.startswith("http://www.w3.org/")] == []
    assert "default-src 'none'" in page
    assert "connect-src 'none'" in unescape(page)


def test_what_only_a_live_page_needs_is_not_in_a_report() -> None:
    content = {**EMPTY, "title": "x"}
    report, live = render(content), render(content, {"token": "secret"})
    assert content_in(live) == {**content, "live": {"token": "secret"}}
    assert "connect-src 'self'" in unescape(live)
    assert len(live) > len(report) + len(PAGE.joinpath("live.js").read_text()) // 2


def test_every_file_of_the_page_is_in_its_order() -> None:
    ours = {path.name for path in Path(str(PAGE)).iterdir() if path.suffix in (".js", ".css")}
    assert ours == set(PAGE.joinpath("order.txt").read_text().split())


def finished(tmp_path: Path) -> Path:
    (tmp_path / "texts.txt").write_text("red sun\nblue sea\nred sea\nred sun and sand\n")
    spec = {"asterism": 1, "name": "small", "source": {"modality": "text", "path": str(tmp_path / "texts.txt")}, "cache": "off"}
    spec["stages"] = [{"encoder": "tfidf", "stop_words": None}, {"clusterer": "kmeans", "n_clusters": 2}]
    registry = Registry()
    return run_plan(registry, registry.plan(spec), tmp_path / "run").path


def test_a_disk_that_fails_leaves_no_half_page(tmp_path: Path) -> None:
    run = open_finished(Registry(), finished(tmp_path))
    with pytest.raises(OutputError):
        write_report(run, tmp_path / "nowhere" / FILE)
    assert write_report(run, tmp_path / FILE) == [tmp_path / FILE]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_a_run_that_names_the_hook_ends_with_a_page(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("red sun\nblue sea\nred sea\nred sun and sand\n")
    (tmp_path / "spec.yaml").write_text(
        "asterism: 1\nname: small\nsource: {modality: text, path: texts.txt}\n"
        "stages: [{encoder: tfidf, stop_words: null}, {clusterer: kmeans, n_clusters: 2}]\nhooks: [report]\n"
    )
    command = [sys.executable, "-m", "asterism.registry.cli"]
    done = subprocess.run([*command, "run", "spec.yaml", "--quiet"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("written to runs/small; open runs/small/report.html\n")
    page = (tmp_path / "runs/small/report.html").read_text()
    assert content_in(page)["run"]["records"] == 4  # type: ignore[index]  # a mapping
    again = subprocess.run([*command, "report", "runs/small", "--out", "p.html"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert again.stdout == "written to p.html\n"
    bad = subprocess.run([*command, "report", "runs/smal"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (2, "runs/smal: there is no such folder; did you mean 'runs/small'?\n")
