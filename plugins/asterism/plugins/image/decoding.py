"""From an image file, or its bytes, to an array: every colour mode, transparency and orientation, and an error that names the file."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from asterism.framework import DataError, Entry, report_problem

from .arrays import Array, Colours

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM")
"""The only formats that Pillow may try: some of its others start programs (EPS) or are rarely looked after."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".pgm", ".ppm", ".pnm")

GREY_MODES = ("1", "L", "LA", "La")
DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes of more than 8 bits per pixel; files of 16 bits come as one of them."""

ORIENTATION = 0x0112
"""Number of the orientation among the Exif tags."""
ON_ITS_SIDE = 5
"""From this value on an image lies on its side."""

_HINT = "leave it out, or save it anew"


@dataclass
class ImageDecoder:
    """Decodes the images of one source.

    Attributes
    ----------
    colours
        Grey, colour, or whichever the file has.
    max_pixels
        A file whose header declares more pixels is refused before it is decoded.
    """

    colours: Colours
    max_pixels: int
    least: tuple[int, int] | None = None
    """Height and width that are enough: where decoding a JPEG to a half, a quarter or an eighth of its size leaves that much, it is
    done."""
    _told: set[str] = field(default_factory=set, repr=False, compare=False)

    def at_least(self, size: tuple[int, int], *, grey: bool) -> "ImageDecoder":
        """Return a decoder that may give smaller images, of at least this size, and grey ones where only these are wanted."""
        return replace(self, least=size, colours="grey" if grey else self.colours)

    def decode_file(self, path: Path) -> Array:
        """Decode a file; `DataError` names it."""
        try:
            with path.open("rb") as stream:
                return self._decode(stream, str(path))
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror or error}", place=str(path)) from error

    def decode_bytes(self, content: bytes, place: str) -> Array:
        """Decode an image that lies in a cell of a table; `DataError` names the table."""
        return self._decode(BytesIO(content), place)

    def decode_pil(self, image: "PILImage") -> Array:
        """Turn an image of Pillow's into an array, as if it had been read from a file."""
        return self._guarded(lambda: self._to_array(image, ""), "")

    def _decode(self, stream: IO[bytes], place: str) -> Array:
        from PIL import Image

        def open_and_decode() -> tuple[Array, list[str]]:
            with Image.open(stream, formats=FORMATS) as image:
                return self._to_array(image, place)

        return self._guarded(open_and_decode, place)

    def _guarded(self, decode: Callable[[], tuple[Array, list[str]]], place: str) -> Array:
        from PIL import Image, UnidentifiedImageError

        try:
            array, remarks = decode()
        except DataError:
            raise
        except UnidentifiedImageError as error:
            raise DataError(f"is no image that can be read ({', '.join(FORMATS)})", place=place, hint=_HINT) from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            # Pillow's own limit holds for the whole process, so it is not ours to change.
            raise DataError(f"is too large for Pillow: {error}", place=place, hint="make the image smaller, or leave it out") from error
        except Exception as error:  # decoders raise nearly every built-in exception at broken bytes
            raise DataError(f"cannot be decoded: {error or type(error).__name__}", place=place, hint=_HINT) from error
        self._tell(place, remarks)  # outside of the try: a host may stop the run by raising at what it is told
        return array

    def _to_array(self, image: "PILImage", place: str) -> tuple[Array, list[str]]:
        """Decode; also what was lost on the way."""
        from PIL import ImageOps

        self._check_size(image, place)
        if self.least is not None and image.format == "JPEG":
            self._reduce(image, self.least)
        remarks = ["has several frames; of such images only the first is taken"] if getattr(image, "is_animated", False) else []
        is_deep = image.mode in DEEP_MODES
        if is_deep:
            remarks.append("has 16 bits per pixel; of such images the upper 8 are taken")
        upright = ImageOps.exif_transpose(image)
        flat = _to_eight_bits(upright, place) if is_deep else _on_white(upright)
        if flat.mode == "F":
            reason = "holds floating-point pixels, whose range nobody knows"
            raise DataError(reason, place=place, hint="save it with 8 or 16 bits per channel")
        grey = self.colours == "grey" or (self.colours == "auto" and (is_deep or image.mode in GREY_MODES))
        return np.asarray(flat.convert("L" if grey else "RGB")), remarks

    def _reduce(self, image: "PILImage", least: tuple[int, int]) -> None:
        height, width = least[::-1] if image.getexif().get(ORIENTATION, 1) >= ON_ITS_SIDE else least
        image.draft("L" if self.colours == "grey" and image.mode in ("L", "RGB") else None, (width, height))

    def _check_size(self, image: "PILImage", place: str) -> None:
        width, height = image.size
        if width * height > self.max_pixels:
            reason = f"has {width * height:,} pixels ({width} x {height}), more than max_pixels={self.max_pixels}"
            raise DataError(reason, place=place, hint="raise `max_pixels` if you trust the file, or leave it out")

    def _tell(self, place: str, remarks: list[str]) -> None:
        """Report the first image of each sort only: a folder may hold a million of them, and is read more than once."""
        for remark in remarks:
            if remark not in self._told:
                self._told.add(remark)
                report_problem(f"{place}: {remark} (told once)")


@dataclass(frozen=True)
class FileDecoder:
    """Decodes the images of entries whose content is a path."""

    decoder: ImageDecoder

    def __call__(self, entry: Entry) -> Array:
        """Decode a file."""
        return self.decoder.decode_file(entry.content)

    def at_least(self, size: tuple[int, int], *, grey: bool) -> "FileDecoder":
        """Return a decoder that may give smaller images, of at least this size."""
        return FileDecoder(self.decoder.at_least(size, grey=grey))


def _to_eight_bits(image: "PILImage", place: str) -> "PILImage":
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        reason = f"holds pixels from {values.min()} to {values.max()}; 0 to 65535 is understood"
        raise DataError(reason, place=place, hint="save it with 8 or 16 bits per channel")
    return Image.fromarray((values >> 8).astype(np.uint8))


def _on_white(image: "PILImage") -> "PILImage":
    """Put an image with transparent parts on a white ground; others come back themselves."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
