"""A therapist's photo: checked by what it is, made anew without anything that came with the file."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from clinic.errors import InvalidInput

MOST_BYTES = 2 * 1024 * 1024
SIDE = 480
MOST_PIXELS = 40_000_000
_NOT_A_PHOTO = "That file is not a JPEG or PNG picture. Choose another one."


def made_anew(content: bytes) -> bytes:
    """The picture as a JPEG that fits into 480 x 480 pixels, without its metadata (place, camera).

    Raises:
        InvalidInput: not a JPEG or PNG by its content, too many bytes or pixels, or damaged.
    """
    if not content:
        raise InvalidInput({"photo": "Choose a picture."})
    if len(content) > MOST_BYTES:
        raise InvalidInput({"photo": "The picture is larger than 2 MB. Choose a smaller one."})
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as opened:
            # The header says how large it becomes: looked at before any of it is unpacked.
            if opened.width * opened.height > MOST_PIXELS:
                raise InvalidInput({"photo": "The picture has too many pixels. Choose a smaller one."})
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
        upright.thumbnail((SIDE, SIDE))
        flat = Image.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright.getchannel("A"))
        made = BytesIO()
        flat.save(made, "JPEG", quality=85, optimize=True)
    # A damaged or hostile file fails in as many ways as there are decoders.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise InvalidInput({"photo": _NOT_A_PHOTO}) from error
    return made.getvalue()
