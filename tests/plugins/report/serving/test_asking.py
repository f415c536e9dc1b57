import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from asterism.framework import FinishedRun

Served = Callable[..., TestClient]


def encoded(pixels: Any, form: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Write a tiny PNG whose header declares any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_an_image_finds_those_of_its_sort(image_run: FinishedRun, served: Served, form: str) -> None:
    dark = encoded(np.random.default_rng(1).integers(0, 60, (50, 50, 3), np.uint8), form)
    found = served(image_run).post("/api/nearest/image?n=4", content=dark).json()
    assert {row["columns"]["target"] for row in found["rows"]} == {"dark"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "that is no image that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "that is no image that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "that is no image that can be read"),
        (encoded(np.zeros((64, 64, 3), np.uint8))[:60], ""),
        (encoded(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8), "JPEG")[:900], ""),
        (png_that_claims(60_000, 60_000), "the image has too many pixels"),
        (png_that_claims(8_000, 8_000), "the image has 64,000,000 pixels"),
        (png_that_claims(20, 20), ""),
    ],
    ids=["empty", "svg", "postscript", "cut png", "cut jpeg", "bomb", "too large", "too little data"],
)
def test_malformed_images_are_told(image_run: FinishedRun, served: Served, content: bytes, reason: str) -> None:
    refused = served(image_run).post("/api/nearest/image", content=content)
    assert refused.status_code == 422
    message = refused.json()["error"]["message"]
    assert message.startswith(reason)
    assert message


def test_a_text_does_not_fit_images(image_run: FinishedRun, served: Served) -> None:
    refused = served(image_run).post("/api/nearest/text", json={"text": "a dark picture"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (409, "the run is about image, not about text")


def test_videos_are_searched_by_a_record_alone(video_run: FinishedRun, served: Served) -> None:
    client = served(video_run)
    assert client.post("/api/nearest/image", content=b"x").status_code == 409
    assert client.get("/api/nearest?row=0&n=1").json()["rows"][0]["row"] == 2


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 100_001}, {"text": 3}, {}, {"text": "x", "more": 1}])
def test_texts_are_bounded(reader: TestClient, body: dict[str, Any]) -> None:
    assert reader.post("/api/nearest/text", json=body).status_code == 422


def test_half_of_a_surrogate_pair_is_told(reader: TestClient) -> None:
    content = b'{"text": "violin \\ud800"}'
    refused = reader.post("/api/nearest/text", content=content, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["message"].partition(":")[0]) == (422, "text")
