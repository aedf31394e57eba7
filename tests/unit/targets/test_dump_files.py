"""Which files and members of archives are taken for what, and when they cannot be opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_ci.targets import dump_files
from ml_ci.targets.dump_files import Archives, Place, list_dump
from ml_ci.targets.dump_names import Names
from ml_ci.targets.dump_problems import DumpError, Problems
from tests.builders.dumps import GOLDEN, RUNGS, TENSOR, npy, read, save_all

LOGITS = RUNGS["logits"]


def found(folder: Path) -> set[tuple[str, str]]:
    """Image and step of everything in ``folder``, which holds nothing else."""
    problems = Problems()
    listing = list_dump(folder, Names(GOLDEN), problems)
    assert problems.sentences() == ()
    return {(image, part) for image, held in listing.items() for part in held.parts}


def told(folder: Path) -> tuple[str, ...]:
    problems = Problems()
    list_dump(folder, Names(GOLDEN), problems)
    return problems.sentences()


BOTH = {(image, step) for image in GOLDEN for step in ("tensor", "logits")}


def test_list_dump__files_beside_each_other(tmp_path: Path) -> None:
    save_all(tmp_path, {f"{image}.{step}": TENSOR for image, step in BOTH})
    assert BOTH == found(tmp_path)


def test_list_dump__a_folder_for_each_image(tmp_path: Path) -> None:
    save_all(tmp_path, {f"{image}/{step}": TENSOR for image, step in BOTH})
    assert BOTH == found(tmp_path)


@pytest.mark.parametrize("names", [GOLDEN, ("a", "b")], ids=["names", "stems"])
def test_list_dump__an_archive_for_each_image(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        np.savez(tmp_path / f"{name}.npz", tensor=TENSOR, logits=LOGITS)
    assert BOTH == found(tmp_path)


@pytest.mark.parametrize("separator", ["/", "."])
def test_list_dump__one_archive_for_all(tmp_path: Path, separator: str) -> None:
    arrays = {f"{image}{separator}{step}": TENSOR for image, step in BOTH}
    np.savez(tmp_path / "all.npz", **arrays)  # type: ignore[arg-type] # allow_pickle is a key too
    assert BOTH == found(tmp_path)


def test_list_dump__images_in_folders(tmp_path: Path) -> None:
    save_all(tmp_path, {"shop/cat.png.tensor": TENSOR})
    np.savez(tmp_path / "shop" / "dog.npz", label=np.array("dog"))
    problems = Problems()
    listing = list_dump(tmp_path, Names(["shop/cat.png", "shop/dog.png"]), problems)
    assert ["shop/cat.png", "shop/dog.png"] == sorted(listing)
    assert problems.sentences() == ()


def test_list_dump__leaves_hidden_files_and_the_environment_alone(tmp_path: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", ".cache/a.npy", "environment.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert found(tmp_path) == set()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.md", "files with the ending .md are not read"),
        ("a.png.tensor", "files with the ending .tensor are not read"),
        ("LICENSE", "files without an ending are not read"),
        ("a.png.tensor.bin", "`tensor` cannot be read from a .bin file"),
        ("a.png.tensor.txt", "`tensor` cannot be read from a .txt file"),
        ("a.png.label.bin", "`label` cannot be read from a .bin file"),
        ("a.png.received.txt", "`received` cannot be read from a .txt file"),
    ],
)
def test_list_dump__tells_what_it_cannot_use(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"")
    (sentence,) = told(tmp_path)
    assert sentence.startswith(f"{tmp_path / name}: {said}; save ")


def test_list_dump__uses_none_of_two_for_the_same_rung(tmp_path: Path) -> None:
    save_all(tmp_path / "phone", {"a.png.tensor": TENSOR, "a.tensor": TENSOR, "a.logits": LOGITS})
    result, trace = read(tmp_path / "phone")
    first, second = (tmp_path / "phone" / f"{name}.tensor.npy" for name in ("a.png", "a"))
    assert result.problems == (
        f"{second}: it is the second of its kind, the first is {first}; remove the one that is "
        "wrong",
    )
    assert ["logits"] == list(trace.rungs("a.png"))
    assert (
        f"`tensor`: it is the second of its kind, the first is {first}" == result.failures["a.png"]
    )


def test_list_dump__uses_none_of_three_for_the_same_rung(tmp_path: Path) -> None:
    save_all(tmp_path / "phone", {"a.png.tensor": TENSOR, "a.tensor": TENSOR, "a/tensor": TENSOR})
    result, trace = read(tmp_path / "phone")
    assert list(trace.rungs("a.png")) == []
    assert "a.png" in result.failures


def test_list_dump__tells_the_member_of_an_archive(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.png.npz", tensr=TENSOR)
    (sentence,) = told(tmp_path)
    assert sentence.startswith(
        f"{tmp_path / 'a.png.npz'} (`tensr`): 'tensr' is no step; did you mean `tensor`?"
    )


def test_list_dump__tells_an_archive_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.png.npz").write_bytes(b"PK nothing")
    assert told(tmp_path) == (
        f"{tmp_path / 'a.png.npz'}: it cannot be read: File is not a zip file; copy or record it "
        "again",
    )


def test_archives__read_a_member(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", tensor=TENSOR)
    result, trace = read(_in(tmp_path), ("a.png",))
    array = trace.array("a.png", "tensor")
    assert array is not None
    assert TENSOR.tolist() == array.tolist()
    assert result.problems == ()


def test_archives__read_compressed_members_in_any_order(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(2 * dump_files._ARCHIVES_OPEN)]
    for number, name in enumerate(names):
        np.savez_compressed(tmp_path / f"{name}.npz", logits=LOGITS + np.float32(number))
    with Archives() as archives:
        for number in (*range(len(names)), 0):
            place = Place(path=tmp_path / f"{number}.png.npz", member="logits.npy")
            with archives.opened(place) as (stream, size):
                assert npy(LOGITS + np.float32(number)) == stream.read()
                assert size == len(npy(LOGITS))
        assert len(archives._open) == dump_files._ARCHIVES_OPEN


def test_archives__a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.png.npz", tensor=TENSOR, logits=LOGITS)
    path = tmp_path / "a.png.npz"
    content = bytearray(path.read_bytes())
    content[content.index(TENSOR.tobytes()) + 3] ^= 1
    path.write_bytes(content)
    result, trace = read(_in(tmp_path), ("a.png",))
    (sentence,) = result.problems
    assert sentence.endswith(
        "a.png.npz (`tensor`): it cannot be read: Bad CRC-32 for file 'tensor.npy'; copy or record "
        "it again"
    )
    assert ["logits"] == list(trace.rungs("a.png"))


def test_archives__a_member_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_ci.targets.dump_array.MOST_BYTES", 1000)
    np.savez_compressed(tmp_path / "a.png.npz", image=np.zeros(1001, np.uint8))
    result, _ = read(_in(tmp_path), ("a.png",))
    (sentence,) = result.problems
    assert "it has 1001 bytes; at most 1000 are read" in sentence


def test_opened__a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    place = Place(path=tmp_path / "a.png.tensor.npy")
    with (
        pytest.raises(DumpError, match="it cannot be read: "),
        Archives() as archives,
        archives.opened(place),
    ):
        pass


def _in(folder: Path) -> Path:
    """A dump with all that lies in ``folder``, so that its trace does not lie within."""
    dump = folder / "phone"
    dump.mkdir()
    for path in list(folder.iterdir()):
        if path != dump:
            path.replace(dump / path.name)
    return dump
