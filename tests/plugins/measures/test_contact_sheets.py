from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import Records
from asterism.framework.problems import problems_to
from asterism.plugins.image.modality import Image
from asterism.plugins.measures.contact_sheets import CELL, GAP, contact_sheets
from asterism.plugins.text.modality import Text

SHADES = [10, 20, 30, 200, 210, 220, 128]
LABELS = np.array([0, 0, 0, 1, 1, 1, -1])


@pytest.fixture
def records():
    return Records.of([np.full((8, 8), shade, np.uint8) for shade in SHADES], modality="image")


@pytest.fixture
def matrix():
    return np.array(SHADES, np.float32)[:, None]


def cells(content):
    """The shade in the middle of each cell, row by row."""
    sheet = np.asarray(Pillow.open(BytesIO(content)))
    middles = [slice(GAP + CELL // 2, None, CELL + GAP)] * 2
    return sheet[(*middles, 0)].ravel().tolist()


def test_each_group_gets_a_sheet_with_the_record_nearest_to_its_mean_first(records, matrix):
    sheets = contact_sheets(LABELS, matrix, records, Image())
    assert {name: cells(sheet) for name, sheet in sheets.items()} == {"none.png": [128], "0.png": [20, 10, 30], "1.png": [210, 200, 220]}


def test_a_sheet_holds_so_many_records_at_most(records, matrix):
    assert cells(contact_sheets(LABELS, matrix, records, Image(), n=2)["1.png"]) == [210, 200]


def test_more_records_than_a_row_holds_begin_another(matrix):
    records = Records.of([np.full((300, 100), shade, np.uint8) for shade in range(8)], modality="image")
    sheet = contact_sheets(np.zeros(8, np.int64), np.arange(8, dtype=np.float32)[:, None], records, Image())["0.png"]
    assert Pillow.open(BytesIO(sheet)).size == (GAP + 6 * (CELL + GAP), GAP + 2 * (CELL + GAP))


def test_of_many_groups_the_largest_are_drawn_and_that_is_said(records, matrix):
    told = []
    with problems_to(told.append):
        assert list(contact_sheets(LABELS, matrix, records, Image(), most=2)) == ["0.png", "1.png"]
    assert told[0].message == "contact sheets are drawn of the 2 largest of 3 groups"


def test_texts_have_no_contact_sheets(matrix):
    assert contact_sheets(LABELS, matrix, Records.of(list("abcdefg"), modality="text"), Text()) is None


def test_nothing_has_no_contact_sheets():
    assert contact_sheets(np.zeros(0, np.int64), np.zeros((0, 1), np.float32), Records.of([], modality="image"), Image()) is None
