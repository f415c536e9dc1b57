"""From an image file, or its bytes, to an array: every colour mode, transparency and orientation, and an error that names the file."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from asterism.framework import DataError, Entry, report_problem

from .arrays import Array, Colours, Size, scaled

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
UPRIGHT = 1
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""What puts an image upright, by its orientation."""
ON_ITS_SIDE = 5
"""From this orientation on height and width change places."""

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
    size: Size | None = None
    """Height and width to bring every image to. Where decoding a JPEG to a half, a quarter or an eighth leaves as much, it is done."""
    side: int | None = None
    """Bring larger images to so many pixels along their longer side, with their proportions; likewise."""
    _told: set[str] = field(default_factory=set, repr=False, compare=False)

    def of_size(self, size: Size, *, grey: bool) -> "ImageDecoder":
        """Return a decoder that gives images of this size, and grey ones where only these are wanted."""
        return replace(self, size=size, colours="grey" if grey else self.colours)

    def within(self, side: int) -> "ImageDecoder":
        """Return a decoder that gives images no longer than `side` pixels along either side."""
        return replace(self, side=side)

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
        self._check_size(image, place)
        turn = _orientation(image)
        wanted = self._wanted(image.size if turn < ON_ITS_SIDE else image.size[::-1])
        if wanted is not None and image.format == "JPEG":
            self._reduce(image, wanted if turn < ON_ITS_SIDE else wanted[::-1])
        remarks = ["has several frames; of such images only the first is taken"] if getattr(image, "is_animated", False) else []
        is_deep = image.mode in DEEP_MODES
        if is_deep:
            remarks.append("has 16 bits per pixel; of such images the upper 8 are taken")
        flat = _upright(_to_eight_bits(image, place) if is_deep else _on_white(image), turn)
        if flat.mode == "F":
            reason = "holds floating-point pixels, whose range nobody knows"
            raise DataError(reason, place=place, hint="save it with 8 or 16 bits per channel")
        grey = self.colours == "grey" or (self.colours == "auto" and (is_deep or image.mode in GREY_MODES))
        right = flat if flat.mode == (mode := "L" if grey else "RGB") else flat.convert(mode)  # which copies even where it changes nothing
        return np.asarray(right if wanted is None else scaled(right, wanted)), remarks

    def _wanted(self, size: tuple[int, int]) -> Size | None:
        """Tell to which height and width an upright image of this width and height is brought; None where it stays as it is."""
        if self.side is None or max(size) <= self.side:
            return self.size
        width, height = (max(1, round(length * self.side / max(size))) for length in size)
        return height, width

    def _reduce(self, image: "PILImage", least: Size) -> None:
        image.draft("L" if self.colours == "grey" and image.mode in ("L", "RGB") else None, least[::-1])

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

    def of_size(self, size: Size, *, grey: bool) -> "FileDecoder":
        """Return a decoder that gives images of this size."""
        return FileDecoder(self.decoder.of_size(size, grey=grey))

    def within(self, side: int) -> "FileDecoder":
        """Return a decoder that gives images no longer than `side` pixels along either side."""
        return FileDecoder(self.decoder.within(side))


def _orientation(image: "PILImage") -> int:
    """Tell how the camera was held; an image whose Exif part is damaged is taken as it is."""
    try:
        noted = image.getexif().get(ORIENTATION)
    except Exception:  # the parser raises many built-in exceptions at broken bytes
        return UPRIGHT
    return noted if noted in TURNS else UPRIGHT


def _upright(image: "PILImage", orientation: int) -> "PILImage":
    """Turn an image; Pillow's own function for it would write the Exif part anew, and fail where that is damaged."""
    from PIL import Image

    return image if orientation == UPRIGHT else image.transpose(Image.Transpose[TURNS[orientation]])


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
