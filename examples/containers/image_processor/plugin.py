"""Traces a picture: what was dots becomes shapes, which stay sharp at any size.

The tracing is potrace's, a program of Debian's and no package of Python's. So this plugin runs in a container, whose image has it.
"""

from __future__ import annotations

import io
import math
import platform
import subprocess
from importlib.metadata import version

from PIL import Image, ImageDraw, ImageOps
from plugin_sdk import PluginBase, action

LARGEST_PIXELS = 40_000_000


class ImageProcessor(PluginBase):
    def execute(self, input_data):
        """Traces `picture` as `trace` does, and says how large the drawing is: `svg`, `width`, `height`, `paths`."""
        picture = read(input_data["picture"])
        svg = self.traced(picture, input_data.get("layers", 4))
        return {"svg": svg, "width": picture.width, "height": picture.height, "paths": svg.count("<path")}

    @action
    def trace(self, picture: bytes, layers: int = 4) -> str:
        """Traces a picture (PNG, JPEG, …; dark on light) in so many shades: an SVG drawing."""
        return self.traced(read(picture), layers)

    def traced(self, picture: Image.Image, layers: int) -> str:
        if not 1 <= layers <= 16:
            raise ValueError("layers: expected 1 to 16, found %d" % layers)
        grey = ImageOps.autocontrast(picture.convert("L"))
        shapes = []
        for layer in range(layers):
            self.context.progress(layer / layers, "layer %d of %d" % (layer + 1, layers))
            shapes.append(shapes_in(grey, threshold=255 * (layers - layer) // (layers + 1)))
        return drawing(picture.size, shapes)

    @action
    def sunflower(self, seeds: int = 600, size: int = 480) -> bytes:
        """Draws the head of a sunflower as a PNG: each seed a golden angle further than the one before."""
        picture = Image.new("L", (size, size), 255)
        draw = ImageDraw.Draw(picture)
        golden = math.pi * (3 - math.sqrt(5))
        for seed in range(seeds):
            distance = math.sqrt((seed + 0.5) / seeds)
            x = size / 2 * (1 + 0.94 * distance * math.cos(seed * golden))
            y = size / 2 * (1 + 0.94 * distance * math.sin(seed * golden))
            radius = size / math.sqrt(seeds) * (0.18 + 0.2 * distance)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=int(170 * (1 - distance)))
        file = io.BytesIO()
        picture.save(file, "PNG")
        return file.getvalue()

    @action
    def versions(self) -> dict:
        """What this really runs on."""
        said = subprocess.run(["potrace", "--version"], capture_output=True, text=True, check=True).stdout
        return {"python": platform.python_version(), "pillow": version("pillow"), "potrace": said.split()[1].rstrip(".")}


def read(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    if picture.width * picture.height > LARGEST_PIXELS:
        raise ValueError("a picture of %d x %d is too large" % picture.size)
    return ImageOps.exif_transpose(picture)


def shapes_in(grey: Image.Image, threshold: int) -> str:
    """The group of shapes that cover what is darker than `threshold`, as SVG."""
    bitmap = io.BytesIO()
    grey.point(lambda value: 255 if value >= threshold else 0).convert("1").save(bitmap, "PPM")
    done = subprocess.run(["potrace", "--svg", "--output", "-", "-"], input=bitmap.getvalue(), capture_output=True)
    if done.returncode != 0:
        raise RuntimeError("potrace failed: %s" % done.stderr.decode(errors="replace").strip())
    svg = done.stdout.decode()
    start = svg.find("<g")
    return svg[start : svg.rfind("</svg>")] if start >= 0 else ""


def drawing(size: tuple[int, int], shapes: list[str]) -> str:
    """Layers over one another, each lets those below shine through."""
    width, height = size
    opacity = 1 - 0.12 ** (1 / max(1, len(shapes)))
    layers = "".join('<g fill-opacity="%.3f">%s</g>' % (opacity, shape) for shape in shapes)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">%s</svg>\n'
        % (width, height, width, height, layers)
    )


if __name__ == "__main__":
    ImageProcessor().start_server()
