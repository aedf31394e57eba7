"""Record what a prediction holds at every step on this device, for ml-ci to compare with training.

  python3 collect.py golden dump                            its own preprocessing, no network
  python3 collect.py golden dump --network device:logits    your network behind it
  python3 collect.py golden dump --climb device:climb       your own code, step by step

golden is a folder of images, a copy of data/golden; dump is filled with a file per image and step.
Copy it to dumps/<target>/ of the project.

--network names a function of yours that gets the tensor (float32, channels x height x width) and
returns the logits (a number per class), or a dict: step -> array. --climb names one that gets the
path of an image and its bytes and returns a dict with as many of the steps decoded, image, resized,
tensor, logits, probabilities and label as it can reach; `mode` may be the name of the pixel format
of `decoded`; label and mode are texts. device:climb is the function climb in device.py.

Without --climb an image is decoded by Pillow, turned, flattened, resized and normalised as
collect.json says, which `ml-ci collect` wrote beside this file. After Ctrl-C the same command goes
on where it stopped.

Exit codes: 0 recorded, 1 some images failed, 2 something must be changed, 130 interrupted.
Needs Python 3.6, numpy and Pillow 6, or newer ones, and nothing else.
"""

# One file, because it is copied to where the package is not; Python 3.6 decides its language. What
# it has to repeat of the package, tests/unit/collector holds to the original.

import argparse
import csv
import hashlib
import importlib
import io
import json
import os
import platform
import re
import struct
import sys
import time
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np
import PIL
from PIL import Image, features

Array = Any  # numpy.ndarray: old versions of numpy have no types
Rungs = Dict[str, Any]
Function = Callable[..., Any]
Size = Tuple[int, int]

SCHEMA_VERSION = 1
STEPS = ("received", "decoded", "image", "resized", "tensor", "logits", "probabilities", "label")
TEXTS = ("mode", "label")
TAKEN = (*STEPS[1:], "mode")
"""What a function of the device may return."""
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
ORIENTATION_TAG = 0x0112
LINE_EVERY = 10.0  # seconds, where there is no terminal


class CollectError(Exception):
    """Something that whoever runs this must change."""


# ------------------------------------------------------------------------------------- the command


def main(arguments: Optional[List[str]] = None) -> int:
    """Read the command line, collect, say how it went."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    beside = Path(__file__).resolve().with_suffix(".json")
    parser.add_argument("golden", type=Path, help="folder of images")
    parser.add_argument("dump", type=Path, help="folder to fill")
    parser.add_argument("--network", metavar="MODULE:FUNCTION", help="tensor -> logits")
    parser.add_argument("--climb", metavar="MODULE:FUNCTION", help="path, bytes -> dict of steps")
    parser.add_argument("--settings", type=Path, default=beside, metavar="FILE", help=beside.name)
    chosen = parser.parse_args(arguments)
    try:
        return collect(chosen.golden, chosen.dump, Collector(chosen))
    except CollectError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # no room, no permission
        print(f"error: {error}; then run the same command again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted: the same command goes on from here", file=sys.stderr)
        return 130


def collect(golden: Path, dump: Path, collector: "Collector") -> int:
    """Record every image that is not recorded yet."""
    names = image_names(golden)
    note_environment(dump, collector.about)
    failed = 0
    for name in progress(names):
        if not is_recorded(dump, name):
            failed += not record(golden / name, dump, name, collector)
    print(f"{len(names) - failed} of {len(names)} images recorded in {dump}")
    return 1 if failed else 0


def image_names(golden: Path) -> List[str]:
    """What golden.csv lists, or every file of the folder."""
    table = golden / "golden.csv"
    if table.is_file():
        with table.open(encoding="utf-8-sig", newline="") as stream:
            names = [row["file"] for row in csv.DictReader(stream) if row.get("file")]
    else:
        paths = [path.relative_to(golden) for path in golden.rglob("*") if path.is_file()]
        shown = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
        names = sorted(path.as_posix() for path in shown)
    if not names:
        raise CollectError(f"there are no images in {golden}: copy data/golden there")
    return names


def progress(names: List[str]) -> Iterator[str]:
    """The names one by one; how many are done on a terminal, now and then in a log."""
    terminal = sys.stderr.isatty()
    spoke = time.time()
    for done, name in enumerate(names):
        if terminal or time.time() - spoke >= LINE_EVERY:
            line = f"{done} of {len(names)} images"
            print(line, file=sys.stderr, end="\r" if terminal else "\n", flush=True)
            spoke = time.time()
        yield name


# -------------------------------------------------------------------------------- files of the dump


def record(path: Path, dump: Path, name: str, collector: "Collector") -> bool:
    """Write what there is of one image. `received` comes last: where it is, all is."""
    rungs: Rungs = {}
    content = b""
    failure = dump / (name + ".failure.txt")
    try:
        content = path.read_bytes()
        collector.climb(path, content, rungs)
    except CollectError:
        raise
    except Exception as error:
        words = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error))  # addresses, different each time
        reason = f"{type(error).__name__}: {words}"
        print(f"{name}: {reason}", file=sys.stderr)
        write(failure, reason.encode("utf-8", "replace"))
    else:
        if failure.exists():
            failure.unlink()
    for step, value in rungs.items():
        if isinstance(value, str):
            write(dump / f"{name}.{step}.txt", value.encode("utf-8"))
        else:
            stream = io.BytesIO()
            np.save(stream, value, allow_pickle=False)
            write(dump / f"{name}.{step}.npy", stream.getvalue())
    write(dump / (name + ".received.bin"), content)
    return not failure.exists()


def is_recorded(dump: Path, name: str) -> bool:
    """Whether an earlier run has recorded all of this image; a failure is tried again."""
    received, failure = (dump / (name + end) for end in (".received.bin", ".failure.txt"))
    return received.exists() and not failure.exists()


def note_environment(dump: Path, about: str) -> None:
    """Write environment.json; what another environment began is not gone on with."""
    path = dump / "environment.json"
    found = environment()
    found["collector"] = about
    if path.exists():
        earlier = parsed(path.read_text(encoding="utf-8"), path)
        found["created"] = earlier.get("created", found["created"])
        others = [key for key in found if found[key] != earlier.get(key)]
        if others:
            raise CollectError(
                f"{dump} was begun with another {' and '.join(others)}: name another folder, "
                "or remove it"
            )
    write(path, (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))


def parsed(text: str, path: Path) -> Dict[str, Any]:
    """A JSON object. Raises CollectError when it is none."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError) as error:
        raise CollectError(f"{path} is damaged ({error}): copy it again, or remove it") from error


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("." + path.name + ".part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


# ---------------------------------------------------------------------------------- the environment


def environment() -> Dict[str, str]:
    """What of this device can move a result, under the names that ml-ci uses."""
    found = {
        "created": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "system": system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }
    for part in ("libjpeg_turbo", "jpg", "zlib", "zlib_ng", "webp"):
        version = pillow_part(part)
        if version:
            found["pillow " + part] = version
    return found


def system() -> str:
    """The name of a Linux distribution, or what the system calls itself."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition("=")
        if key == "PRETTY_NAME":
            return value.strip("'\"")
    return f"{platform.system()} {platform.release()}".strip()


def pillow_part(name: str) -> str:
    """The version of a decoder inside Pillow; empty where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a part that this Pillow has never heard of
        if not features.check(name):
            return ""
    if hasattr(features, "version"):
        return str(features.version(name) or "present")
    if name == "webp":
        number = importlib.import_module("PIL._webp").WebPDecoderVersion()
        return f"{number >> 16}.{number >> 8 & 255}.{number & 255}"
    attribute = ("jpeglib" if name == "jpg" else name) + "_version"
    return str(getattr(importlib.import_module("PIL._imaging"), attribute, "present"))


# ------------------------------------------------------------------------------------- the climbing


class Collector:
    """Climbs from bytes as far as it can, with functions of the device or the ladder below."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        text = chosen.settings.read_text(encoding="utf-8") if chosen.settings.is_file() else ""
        if not text and not chosen.climb:
            raise CollectError(
                f"there is no {chosen.settings}: copy it too, `ml-ci collect` wrote it beside "
                "collect.py"
            )
        settings = parsed(text, chosen.settings) if text else {}
        if settings.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
            raise CollectError("collect.py and collect.json are of two versions: copy both again")
        self.preprocess: Dict[str, Any] = settings.get("preprocess", {})
        self.class_names = settings.get("class_names")
        self.own = function(chosen.climb) if chosen.climb else None
        self.network = function(chosen.network) if chosen.network else None
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        climb, network = chosen.climb or "of collect.py", chosen.network or "none"
        self.about = f"settings {digest[:12]}, climb {climb}, network {network}"

    def climb(self, path: Path, content: bytes, rungs: Rungs) -> None:
        """Fill ``rungs`` by step, so that those before a failure are kept."""
        if self.own is not None:
            take(self.own(path, content), "--climb", rungs)
        else:
            preprocess(content, self.preprocess, rungs)
        if self.network is not None and "tensor" in rungs:
            found = self.network(rungs["tensor"])
            take(found if isinstance(found, dict) else {"logits": found}, "--network", rungs)
            self.finish(rungs)

    def finish(self, rungs: Rungs) -> None:
        """Probabilities and label, where the network left them to us."""
        if "logits" in rungs and "probabilities" not in rungs:
            rungs["probabilities"] = softmax(rungs["logits"])
        if "probabilities" in rungs and "label" not in rungs:
            best = int(np.argmax(rungs["probabilities"]))
            rungs["label"] = self.class_names[best] if self.class_names else np.array(best)


def function(name: str) -> Function:
    """The function named module:function, from the folder one stands in or beside this file."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise CollectError(f"there is no function {name}: {error}") from error
    if not callable(found):
        raise CollectError(f"{name} is no function")
    return found  # type: ignore[no-any-return]


def take(found: Any, option: str, rungs: Rungs) -> None:
    """Add what a function of the device returned; CollectError when it is no dict of steps."""
    whose = f"the function of {option}"
    if not isinstance(found, dict):
        raise CollectError(f"{whose} returns no dict: step -> array")
    for step, value in found.items():
        if step not in TAKEN:
            raise CollectError(f"{whose} returns {step!r}; the steps are {', '.join(TAKEN)}")
        rungs[step] = value if isinstance(value, str) else np.asarray(value)
        if isinstance(value, str) != (step in TEXTS) and step != "label":
            raise CollectError(f"{whose} returns `{step}` as {type(value).__name__}")
        if not isinstance(value, str) and rungs[step].dtype.kind not in "biuf":
            raise CollectError(f"{whose} returns `{step}` as {rungs[step].dtype}, no numbers")


def preprocess(content: bytes, settings: Dict[str, Any], rungs: Rungs) -> None:
    """`decoded`, `image`, `resized` and `tensor`, as the settings define them."""
    decoded = decode(content)
    rungs["decoded"], rungs["mode"] = decoded.pixels, decoded.mode
    image = flatten(decoded, settings["background"])
    if settings["orientation"] == "exif":
        image = upright(image, orientation_of(decoded.exif))
    rungs["image"] = np.ascontiguousarray(image)
    resized = Fitter(settings).fit(image)  # (S, S, C)
    rungs["resized"] = np.ascontiguousarray(resized.transpose(2, 0, 1), np.float32)
    levels = rungs["resized"].astype(np.float64)
    mean, std = (np.array(settings[name]).reshape(-1, 1, 1) for name in ("mean", "std"))
    rungs["tensor"] = ((levels / 255 - mean) / std).astype(np.float32)


def softmax(logits: Array) -> Array:
    """float32, the exponents shifted so that the largest is 0."""
    powers = np.exp(logits.astype(np.float64) - np.max(logits))
    return (powers / powers.sum()).astype(np.float32)


# ------------------------------------------------------------------- decoded: ml_ci/data/decode.py


class Decoded:
    """Pixels (H, W, C) as the decoder gave them, and what is needed to read their colours."""

    def __init__(self, pixels: Array, mode: str, image: Any, depth: int) -> None:
        self.pixels = pixels
        self.mode = mode
        self.palette: Array = palette_of(image) if mode == "P" else None
        self.clear = clear_colour(image, mode, depth)
        self.exif = image.info.get("exif")


def decode(content: bytes) -> Decoded:
    """What Pillow makes of the bytes; 16-bit channels with all their bits."""
    image = Image.open(io.BytesIO(content))
    is_png = image.format == "PNG"
    depth = content[24] if is_png else 8
    if is_png and depth == 16 and image.mode not in ("I;16", "I"):
        return decode_deep(content, image)
    pixels = np.atleast_3d(pixels_of(image))
    mode = image.mode
    if mode == "1":
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    elif mode in ("I", "I;16"):  # older Pillows widen grey to 32 bits
        pixels, mode = pixels.astype(np.uint16), "I;16"
    return Decoded(pixels, mode, image, depth)


def decode_deep(content: bytes, image: Any) -> Decoded:
    """Pillow keeps the high byte of a channel, so a second reading fetches the low one."""
    if raw_mode(image) == "LA;16B":  # four bytes per pixel: grey high, low, alpha high, low
        set_raw_mode(image, "RGBA")
        four = pixels_of(image).astype(np.uint16)
        return Decoded(four[..., ::2] * np.uint16(256) + four[..., 1::2], "LA;16", image, 16)
    again = Image.open(io.BytesIO(content))
    set_raw_mode(again, image.mode + ";16L")
    high, low = pixels_of(image).astype(np.uint16), pixels_of(again)
    return Decoded(high * np.uint16(256) + low, image.mode + ";16", image, 16)


def pixels_of(image: Any) -> Array:
    """The pixels, whole."""
    image.load()
    return np.array(image)


def raw_mode(image: Any) -> Any:
    """How the pixels are stored in the file."""
    return image.tile[0][3]


def set_raw_mode(image: Any, mode: str) -> None:
    """Read the pixels as something else. A tile is a tuple, in newer Pillows a named one."""
    tile = image.tile[0]
    named = hasattr(tile, "_replace")
    image.tile = [tile._replace(args=mode) if named else (*tile[:3], mode)]


def palette_of(image: Any) -> Array:
    """(256, 4): RGB and alpha; black and opaque beyond the file's palette."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    colours = np.array(image.getpalette(), np.uint8).reshape(-1, 3)[:256]
    table[: len(colours), :3] = colours
    clear = image.info.get("transparency")
    if isinstance(clear, bytes):
        table[: len(clear[:256]), 3] = np.frombuffer(clear[:256], np.uint8)
    elif isinstance(clear, int) and 0 <= clear < 256:
        table[clear, 3] = 0
    return table


def clear_colour(image: Any, mode: str, depth: int) -> Optional[Tuple[int, ...]]:
    """The transparent level or colour in the unit of the decoded pixels."""
    clear = image.info.get("transparency")
    if clear is None or mode.split(";")[0] in ("P", "RGBA", "LA"):
        return None
    levels = clear if isinstance(clear, tuple) else (clear,)
    if 1 < depth < 8:  # Pillow widens the pixels to 0-255 but, except for bits, not this level
        return tuple(level * 255 // (2**depth - 1) for level in levels)
    return tuple(levels)


# ------------------------------------------ image: ml_ci/data/flatten.py, ml_ci/data/orientation.py


def flatten(decoded: Decoded, background: List[int]) -> Array:
    """(H, W, C) of any mode -> RGB, uint8 (H, W, 3), in exact integer arithmetic."""
    levels, mode, alpha = decoded.pixels, decoded.mode, None
    if levels.dtype != np.uint8:
        levels = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if mode == "CMYK":
        light = 255 - levels.astype(np.uint16)
        return ((light[..., :3] * light[..., 3:] + np.uint16(127)) // np.uint16(255)).astype(
            np.uint8
        )
    if mode == "P":
        looked_up = decoded.palette[levels[..., 0]]  # (H, W, 4)
        return over(looked_up[..., :3], looked_up[..., 3:], background)
    if mode not in ("1", "L", "I;16", "LA", "LA;16", "RGB", "RGB;16", "RGBA", "RGBA;16"):
        raise ValueError(f"its pixels are stored as {mode}, which is not supported")
    if decoded.clear is not None:
        opaque = np.any(decoded.pixels != np.array(decoded.clear), axis=2)[..., np.newaxis]
        alpha = np.where(opaque, np.uint8(255), np.uint8(0))
    elif mode.split(";")[0] in ("LA", "RGBA"):
        levels, alpha = levels[..., :-1], levels[..., -1:]
    if levels.shape[2] == 1:
        levels = levels.repeat(3, axis=2)
    return levels if alpha is None else over(levels, alpha, background)


def over(colour: Array, alpha: Array, background: List[int]) -> Array:
    """The colour seen over the background, rounded."""
    share = alpha.astype(np.uint16)
    seen = colour * share + (255 - share) * np.array(background, np.uint16)
    return ((seen + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def orientation_of(exif: Optional[bytes]) -> int:
    """The orientation 1-8 in an EXIF block; 1 where there is none or it cannot be read."""
    block = exif or b""
    if block.startswith(b"Exif\0\0"):
        block = block[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, directory)
        for place in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", block, place)
            if tag == ORIENTATION_TAG and kind in (3, 4):  # SHORT, LONG
                (value,) = struct.unpack_from(order + " HI"[kind - 2], block, place + 8)
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:  # an offset points beyond the block
        pass
    return 1


def upright(pixels: Array, orientation: int) -> Array:
    """(H, W, C) as stored -> as seen; 5-8 exchange height and width."""
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    return pixels.swapaxes(0, 1) if orientation >= 5 else pixels


# ----------------------------------------------------------- resized: ml_ci/model/preprocess.py


class Fitter:
    """uint8 (H, W, 3) -> (S, S, C) in grey levels, in float64; docs/preprocessing.md draws it."""

    def __init__(self, settings: Dict[str, Any]) -> None:
        self.settings = settings
        self.size = (settings["size"][0], settings["size"][1])
        self.grey = settings["channels"] == 1
        colour = np.array(settings["pad_colour"], np.float64)
        self.pad_colour = colour.dot(LUMA) if self.grey else colour

    def fit(self, image: Array) -> Array:
        """The fit of the settings."""
        pixels = image
        if self.grey:
            shares = [weight * image[..., n].astype(np.float32) for n, weight in enumerate(LUMA)]
            pixels = sum(shares)[..., np.newaxis]
        height, width = pixels.shape[:2]
        box, fit = self.size, self.settings["fit"]
        ratio = self.settings["resize_ratio"]
        canvas = (int(box[0] * ratio + 0.5), int(box[1] * ratio + 0.5))
        if fit == "stretch":
            return self.resize(pixels, box)
        if fit == "pad":
            return self.resize(self.pad(pixels, around(height, width, box)), box)
        if fit == "crop":
            return self.resize(crop(pixels, within(height, width, box)), box)
        if fit == "short_side_crop":
            return crop(self.resize(pixels, cover(height, width, canvas)), box)
        if fit == "long_side_pad":
            return self.pad(self.resize(pixels, contain(height, width, box)), box)
        if fit == "two_pass_pad":
            fitted = self.resize(pixels, contain(height, width, canvas))
            return self.resize(self.pad(fitted, canvas), box)
        raise CollectError(f"collect.py knows no fit {fit!r}: copy both files again")

    def resize(self, pixels: Array, size: Size) -> Array:
        """Antialiased, half-pixel centres, nothing rounded."""
        kernel = {"bilinear": triangle, "bicubic": cubic}[self.settings["filter"]]
        rows = resample(pixels, size[0], kernel)  # (S, W, C)
        resized = resample(rows.swapaxes(0, 1), size[1], kernel).swapaxes(0, 1)
        overshoots = kernel is cubic
        return resized.clip(0, 255) if overshoots and self.settings["clamp"] else resized

    def pad(self, pixels: Array, size: Size) -> Array:
        """Centred on a canvas of the pad colour; an odd pixel goes to the bottom or right."""
        height, width, channels = pixels.shape
        top, left = (size[0] - height) // 2, (size[1] - width) // 2
        canvas = np.empty((size[0], size[1], channels), pixels.dtype)
        canvas[:] = self.pad_colour
        canvas[top : top + height, left : left + width] = pixels
        return canvas


def resample(pixels: Array, side: int, kernel: Function) -> Array:
    """(N, ...) -> (side, ...): each row a weighted mean of those it covers, in float64."""
    count = len(pixels)
    if count == side:  # the kernel would give the same, and take its time
        return pixels
    scale = count / side
    stretch = max(scale, 1.0)  # when shrinking the kernel widens with the scale
    reach = stretch * (2 if kernel is cubic else 1)
    rows = np.empty((side, *pixels.shape[1:]), np.float64)
    for row in range(side):
        centre = scale * (row + 0.5)
        first, last = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), count)
        weights = kernel(np.abs(np.arange(first, last) - centre + 0.5) / stretch)
        window = pixels[first:last].astype(np.float64)
        rows[row] = np.tensordot(weights / weights.sum(), window, 1)
    return rows


def triangle(distance: Array) -> Array:
    """Bilinear."""
    return np.maximum(1 - distance, 0)


def cubic(distance: Array) -> Array:
    """Bicubic, a = -0.5."""
    near = (1.5 * distance - 2.5) * distance * distance + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


def crop(pixels: Array, size: Size) -> Array:
    """The centre; an odd pixel is cut at the bottom or right."""
    top, left = (pixels.shape[0] - size[0]) // 2, (pixels.shape[1] - size[1]) // 2
    return pixels[top : top + size[0], left : left + size[1]]


def around(height: int, width: int, box: Size) -> Size:
    """Smallest canvas with the aspect of ``box`` that holds height x width."""
    return max(height, divide(width * box[0], box[1])), max(width, divide(height * box[1], box[0]))


def within(height: int, width: int, box: Size) -> Size:
    """Largest window with the aspect of ``box`` inside height x width, at least 1 x 1."""
    return (
        max(1, min(height, divide(width * box[0], box[1]))),
        max(1, min(width, divide(height * box[1], box[0]))),
    )


def cover(height: int, width: int, box: Size) -> Size:
    """height x width scaled so that its tighter side equals the one of ``box``."""
    return (
        max(box[0], divide(height * box[1], width)),
        max(box[1], divide(width * box[0], height)),
    )


def contain(height: int, width: int, box: Size) -> Size:
    """height x width scaled to the largest that fits inside ``box``, at least 1 x 1."""
    return (
        max(1, min(box[0], divide(height * box[1], width))),
        max(1, min(box[1], divide(width * box[0], height))),
    )


def divide(dividend: int, divisor: int) -> int:
    """dividend / divisor rounded half up, in integers."""
    return (2 * dividend + divisor) // (2 * divisor)


if __name__ == "__main__":
    sys.exit(main())
