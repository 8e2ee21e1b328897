"""Pictures that people hand in: checked by what they are, made anew without what came with the file."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from clinic.errors import InvalidInput

MOST_BYTES = 2 * 1024 * 1024
SIDE = 480
LOGO = (480, 120)
MOST_PIXELS = 40_000_000
_NOT_A_PICTURE = "That file is not a JPEG or PNG picture. Choose another one."


def made_anew(content: bytes) -> bytes:
    """A photo as a JPEG that fits into 480 x 480 pixels, without its metadata (place, camera).

    Raises:
        InvalidInput: `photo` is no JPEG or PNG by its content, is too large, or is damaged.
    """
    upright = _opened(content, "photo", (SIDE, SIDE))
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return _written(flat, "JPEG")


def logo_made_anew(content: bytes) -> bytes:
    """A logo as a PNG that fits into 480 x 120 pixels; transparent parts stay so. Raises as `made_anew`,
    of `logo`."""
    return _written(_opened(content, "logo", LOGO), "PNG")


def _opened(content: bytes, field: str, fits: tuple[int, int]) -> Image.Image:
    if not content:
        raise InvalidInput({field: "Choose a picture."})
    if len(content) > MOST_BYTES:
        raise InvalidInput({field: "The picture is larger than 2 MB. Choose a smaller one."})
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as opened:
            # The header says how large it becomes: looked at before any of it is unpacked.
            if opened.width * opened.height > MOST_PIXELS:
                raise InvalidInput({field: "The picture has too many pixels. Choose a smaller one."})
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
        upright.thumbnail(fits)
        return upright
    # A damaged or hostile file fails in as many ways as there are decoders.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise InvalidInput({field: _NOT_A_PICTURE}) from error


def _written(picture: Image.Image, form: str) -> bytes:
    made = BytesIO()
    picture.save(made, form, quality=85, optimize=True)
    return made.getvalue()
