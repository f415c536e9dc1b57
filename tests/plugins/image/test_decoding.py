import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.image.decoding import FORMATS, ImageDecoder

GREY = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40


def decoder(colours="auto", max_pixels=10_000):
    return ImageDecoder(colours, max_pixels)


def encoded(image, file_format="PNG", **options):
    stream = BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def decode(image, file_format="PNG", colours="auto", **options):
    return decoder(colours).decode_bytes(encoded(image, file_format, **options), "a table")


def told(call):
    problems = []
    with problems_to(problems.append):
        call()
    return [problem.message for problem in problems]


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "TIFF", "BMP", "PPM"])
def test_a_grey_image_comes_back_pixel_for_pixel_from_every_lossless_format(file_format):
    back = decode(Image.fromarray(GREY), file_format)
    assert back.dtype == np.uint8
    assert (back == GREY).all() if back.ndim == 2 else (back == GREY[:, :, None]).all()


def test_webp_without_loss_comes_back_pixel_for_pixel():
    colour = np.stack([GREY, GREY.T.reshape(2, 3), 255 - GREY], axis=2)
    assert (decode(Image.fromarray(colour), "WEBP", lossless=True) == colour).all()


def test_jpeg_is_what_pillow_decodes():
    content = encoded(Image.effect_noise((16, 12), 50).convert("RGB"), "JPEG")
    assert (decoder().decode_bytes(content, "") == np.asarray(Image.open(BytesIO(content)))).all()


def test_one_bit_becomes_black_and_white():
    assert decode(Image.fromarray(GREY > 100)).tolist() == [[0, 0, 0], [255, 255, 255]]


def test_a_palette_becomes_its_colours():
    palette = Image.new("P", (1, 1), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert decode(palette).tolist() == [[[10, 20, 30]]]


def test_transparent_parts_become_white():
    assert decode(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).tolist() == [[[255, 255, 255]]]
    assert decode(Image.new("RGBA", (1, 1), (0, 0, 0, 51))).tolist() == [[[204, 204, 204]]]


def test_grey_with_transparency_stays_grey():
    assert decode(Image.new("LA", (1, 1), (0, 0))).tolist() == [[255]]


def test_a_transparent_palette_entry_becomes_white():
    palette = Image.new("P", (1, 1), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert decode(palette, transparency=1).tolist() == [[[255, 255, 255]]]


def test_cmyk_becomes_red_green_blue():
    assert decode(Image.new("CMYK", (1, 1), (255, 0, 0, 0)), "TIFF").tolist() == [[[0, 255, 255]]]


def test_of_16_bits_the_upper_8_are_taken_and_that_is_told_once():
    deep = Image.fromarray(np.array([[0, 255, 256, 65535]], np.uint16))
    one = decoder()
    messages = told(lambda: [one.decode_bytes(encoded(deep), name) for name in ("a", "b")])
    assert messages == ["a: has 16 bits per pixel; of such images the upper 8 are taken (told once)"]
    with problems_to(lambda problem: None):
        assert one.decode_bytes(encoded(deep), "c").tolist() == [[0, 0, 1, 255]]


def test_a_host_that_stops_at_what_it_is_told_is_not_taken_for_a_broken_image():
    def stop(problem):
        raise RuntimeError("stop")

    with problems_to(stop), pytest.raises(RuntimeError, match="stop"):
        decode(Image.new("I;16", (1, 1)))


def test_pgm_of_16_bits_is_read_like_png_of_16_bits():
    with problems_to(lambda problem: None):
        assert decoder().decode_bytes(b"P5 2 1 65535\n\x00\xff\xff\xff", "").tolist() == [[0, 255]]


def test_of_several_frames_the_first_is_taken_and_that_is_told():
    frames = [Image.new("L", (1, 1), value) for value in (10, 200)]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    seen = []
    assert told(lambda: seen.append(decoder().decode_bytes(content, "x.tif"))) == [
        "x.tif: has several frames; of such images only the first is taken (told once)"
    ]
    assert seen[0].tolist() == [[10]]


@pytest.mark.parametrize(("orientation", "expected"), [(1, GREY), (3, GREY[::-1, ::-1]), (6, np.rot90(GREY, -1)), (8, np.rot90(GREY))])
def test_the_orientation_that_a_camera_noted_is_applied(orientation, expected):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert (decode(Image.fromarray(GREY), exif=exif) == expected).all()


def test_mode_grey_and_colour_hold_for_every_image():
    red = Image.new("RGB", (1, 1), (255, 0, 0))
    assert decode(red, colours="grey").tolist() == [[76]]  # 0.299 * 255
    assert decode(Image.new("L", (1, 1), 7), colours="colour").tolist() == [[[7, 7, 7]]]


def photograph(path, **options):
    Image.fromarray(np.stack([GREY, GREY, GREY], axis=2)).save(path, "JPEG", quality=100, subsampling=0, **options)
    return path


def damaged_exif():
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2026:01:01"
    content = bytearray(exif.tobytes())
    content[content.index(b"2026") :] = b"20"  # it ends within the date
    return bytes(content)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\0\0nothing", b"Exif\0\0MM\0", damaged_exif()])
def test_a_damaged_exif_part_costs_at_most_the_orientation(file_format, exif):
    options = {"lossless": True} if file_format == "WEBP" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of it, and goes on
        found = decode(Image.fromarray(np.stack([GREY] * 3, axis=2)), file_format, exif=exif, **options)
    assert found.shape in ((2, 3, 3), (3, 2, 3))


def test_every_orientation_is_applied_as_pillow_does():
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        content = encoded(Image.fromarray(GREY), exif=exif)
        assert (decoder().decode_bytes(content, "") == np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(content))))).all()


def test_cmyk_of_a_jpeg_becomes_red_green_blue(tmp_path):
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "x.jpg", quality=100)
    assert np.abs(decoder().decode_file(tmp_path / "x.jpg").astype(int) - (0, 255, 255)).max() <= 2


def test_the_ending_may_be_another_than_the_format(tmp_path):
    (tmp_path / "x.jpg").write_bytes(encoded(Image.fromarray(GREY)))
    assert (decoder().decode_file(tmp_path / "x.jpg") == GREY).all()


def test_of_a_moving_gif_and_webp_the_first_frame_is_taken():
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    for file_format in ("GIF", "WEBP"):
        found = []
        messages = told(
            lambda to=found, name=file_format: to.append(
                decode(frames[0], name, save_all=True, append_images=frames[1:], **({"lossless": True} if name == "WEBP" else {}))
            )
        )
        assert found[0].tolist() == [[[255, 0, 0]] * 2] * 2
        assert messages == ["a table: has several frames; of such images only the first is taken (told once)"]


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000)])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_images_of_one_pixel_and_of_one_line_are_read_and_brought_to_a_size(size, file_format):
    content = encoded(Image.new("L", size, 9), file_format)
    assert decoder(max_pixels=20_000).decode_bytes(content, "").shape == size[::-1]
    assert (decoder(max_pixels=20_000).of_size((4, 6), grey=True).decode_bytes(content, "") == np.full((4, 6), 9)).all()


def test_a_file_that_must_not_be_read_is_named(tmp_path, monkeypatch):
    path = photograph(tmp_path / "x.jpg")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(DataError) as caught:
        decoder().decode_file(path)
    assert str(caught.value) == f"{path}: cannot be read: Permission denied"


def test_a_truncated_photograph_is_refused_however_small_it_is_wanted(tmp_path):
    content = encoded(Image.effect_noise((256, 256), 50), "JPEG")
    for wanted in (decoder(max_pixels=100_000), decoder(max_pixels=100_000).of_size((8, 8), grey=True)):
        with pytest.raises(DataError, match="cannot be decoded: image file is truncated"):
            wanted.decode_bytes(content[: len(content) // 2], "")


def test_floating_point_pixels_are_refused():
    with pytest.raises(DataError) as caught:
        decode(Image.new("F", (1, 1)), "TIFF")
    assert str(caught.value) == ("a table: holds floating-point pixels, whose range nobody knows; save it with 8 or 16 bits per channel")


def test_32_bits_out_of_the_range_of_16_are_refused():
    with pytest.raises(DataError) as caught:
        decode(Image.fromarray(np.array([[-1, 70000]], np.int32)), "TIFF")
    assert str(caught.value) == "a table: holds pixels from -1 to 70000; 0 to 65535 is understood; save it with 8 or 16 bits per channel"


def test_too_many_pixels_are_refused_from_the_header_alone(tmp_path):
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 3000 2000 255\n")  # there is not one pixel in it
    with pytest.raises(DataError) as caught:
        decoder(max_pixels=1_000_000).decode_file(path)
    assert str(caught.value) == (
        f"{path}: has 6,000,000 pixels (3000 x 2000), more than max_pixels=1000000; "
        "raise `max_pixels` if you trust the file, or leave it out"
    )


@pytest.mark.parametrize(("side", "limit"), [(10_000, 89_478_485), (20_000, 178_956_970)])
def test_pillows_own_limit_is_an_error_of_ours_that_names_the_file(tmp_path, side, limit):
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 %d %d 255\n" % (side, side))
    with pytest.raises(DataError) as caught:
        decoder(max_pixels=1).decode_file(path)
    assert str(caught.value) == (
        f"{path}: is too large for Pillow: Image size ({side * side} pixels) exceeds limit of {limit} pixels, could be decompression bomb "
        "DOS attack.; make the image smaller, or leave it out"
    )


def test_where_pillow_only_warns_of_a_bomb_ours_is_still_an_error(tmp_path):
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 10000 10000 255\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(DataError, match=r"has 100,000,000 pixels \(10000 x 10000\), more than max_pixels=89478485"):
            decoder(max_pixels=89_478_485).decode_file(path)


def test_a_truncated_image_is_refused_with_pillows_reason(tmp_path):
    path = tmp_path / "cut.png"
    content = encoded(Image.effect_noise((64, 64), 50))
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError) as caught:
        decoder().decode_file(path)
    assert str(caught.value) == f"{path}: cannot be decoded: image file is truncated; leave it out, or save it anew"


@pytest.mark.parametrize("content", [b"", b"no image at all", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_what_is_no_image_is_refused_and_other_formats_are_not_even_tried(tmp_path, content):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        decoder().decode_file(path)
    assert str(caught.value) == (
        f"{path}: is no image that can be read (JPEG, PNG, GIF, WEBP, TIFF, BMP, PPM); leave it out, or save it anew"
    )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        decoder().decode_file(tmp_path / "no.png")
    assert str(caught.value) == f"{tmp_path / 'no.png'}: cannot be read: No such file or directory"


@settings(max_examples=150, deadline=None)
@given(file_format=st.sampled_from(FORMATS), place=st.integers(0, 400), content=st.binary(max_size=8), cut=st.booleans())
@example(file_format="PNG", place=20, content=b"\xff\xff\xff\xff", cut=False)
def test_broken_bytes_give_an_image_or_a_data_error_and_nothing_else(file_format, place, content, cut):
    whole = encoded(Image.fromarray(np.tile(GREY, (4, 4))), file_format)
    broken = whole[:place] + content + (b"" if cut else whole[place + len(content) :])
    with problems_to(lambda problem: None), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of broken side information, and goes on
        with suppress(DataError):
            assert decoder().decode_bytes(broken, "a table").dtype == np.uint8


def test_nothing_global_of_pillow_is_changed():
    from PIL import ImageFile

    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    decode(Image.fromarray(GREY))
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_an_image_within_a_side_keeps_its_proportions(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (400, 100), "red").save(tmp_path / f"a.{ending}", exif=exif)
    wanted = decoder(max_pixels=100_000).within(48)
    shape = (12, 48, 3) if orientation == 1 else (48, 12, 3)
    assert wanted.decode_file(tmp_path / f"a.{ending}").shape == shape
    Image.new("RGB", (40, 10)).save(tmp_path / "small.png")
    assert wanted.decode_file(tmp_path / "small.png").shape == (10, 40, 3)
