"""Whether a dvc.lock matches its own commit: what we say from git alone, and what DVC says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.base.lock import LockState, check_lock
from ml_ci.base.storage import LISTINGS, Storage, fetch_listings
from ml_ci.repository import Repository
from tests.builders.http_server import response, serving
from tests.builders.pipelines import SmallPipeline, small_pipeline


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> SmallPipeline:
    return small_pipeline(tmp_path_factory.mktemp("pipeline") / "repository")


@pytest.fixture
def pipeline(finished: SmallPipeline, tmp_path: Path) -> SmallPipeline:
    """A copy that the test may change."""
    return finished.copy(tmp_path / "repository")


def edited(pipeline: SmallPipeline, name: str, before: str, after: str) -> None:
    text = (pipeline.folder / name).read_text()
    assert before in text
    pipeline.repository.commit({name: text.replace(before, after, 1)})


def with_more_data(pipeline: SmallPipeline) -> None:
    (pipeline.folder / "data/train/c.txt").write_text("c")
    pipeline.dvc("add", "--quiet", "data")
    pipeline.repository.commit({})


def with_pretrained_weights(pipeline: SmallPipeline) -> None:
    (pipeline.folder / "pretrained/weights.bin").write_text("pretrained")
    pipeline.dvc("add", "--quiet", "pretrained/weights.bin")
    pipeline.repository.commit({})


def with_pretrained_weights_locked(pipeline: SmallPipeline) -> None:
    with_pretrained_weights(pipeline)
    pipeline.dvc("repro", "--quiet")
    pipeline.repository.commit({})


def with_another_run_locked(pipeline: SmallPipeline) -> None:
    edited(pipeline, "train.py", "'weights'", "'other weights'")
    pipeline.dvc("repro", "--quiet")
    pipeline.repository.commit({})


def stages(state: LockState) -> tuple[str, list[str], list[str]]:
    stale = [entry.stage for entry in state.stale]
    return state.problem, stale, [entry.stage for entry in state.unchecked]


CHANGES: dict[str, tuple[Callable[[SmallPipeline], object], list[str]]] = {
    "nothing": (lambda _: None, []),
    "code": (lambda p: edited(p, "train.py", "'curve'", "'other'"), ["train"]),
    "code-of-two-stages": (
        lambda p: edited(p, "evaluate.py", "'evaluated'", "'again'"),
        ["evaluate", "report"],
    ),
    "code-deep-in-a-folder": (
        lambda p: edited(p, "package/deep/two.py", "2", "3"),
        ["evaluate"],
    ),
    "a-file-more-in-a-folder": (
        lambda p: p.repository.commit({"package/three.py": "3"}),
        ["evaluate"],
    ),
    "a-file-gone-from-a-folder": (
        lambda p: p.repository.commit({"package/one.py": None}),
        ["evaluate"],
    ),
    "a-whole-file-gone": (
        lambda p: p.repository.commit({"evaluate.py": None}),
        ["evaluate", "report"],
    ),
    "what-dvcignore-names": (
        lambda p: edited(p, "package/notes.txt", "ignored", "seen by nobody"),
        [],
    ),
    "what-lies-in-a-folder-of-dvcignore": (
        lambda p: p.repository.commit({"package/local/more.py": "1"}),
        [],
    ),
    "a-parameter": (lambda p: edited(p, "params.yaml", "seed: 7", "seed: 8"), ["train"]),
    "a-parameter-of-two-stages": (
        lambda p: edited(p, "params.yaml", "side: 8", "side: 9"),
        ["train", "evaluate"],
    ),
    "a-parameter-gone": (
        lambda p: edited(p, "params.yaml", "limits: {side: 8, pixels: 64}", "limits: {side: 8}"),
        ["evaluate"],
    ),
    "a-parameter-of-nobody": (lambda p: edited(p, "params.yaml", "spare: 1", "spare: 2"), []),
    "the-look-of-params": (lambda p: edited(p, "params.yaml", "rate: 0.5", "rate:   5e-1"), []),
    "data-of-one-stage": (with_more_data, ["train"]),
    "pretrained-weights": (with_pretrained_weights, ["train"]),
    "pretrained-weights-locked": (with_pretrained_weights_locked, []),
    "another-run": (with_another_run_locked, []),
    "a-command": (
        lambda p: edited(p, "dvc.yaml", "python report.py", "python -B report.py"),
        ["report"],
    ),
    "a-new-dependency": (
        lambda p: edited(p, "dvc.yaml", "deps: [receipts/", "deps: [train.py, receipts/"),
        ["report"],
    ),
    "a-lock-edited-by-hand": (
        lambda p: edited(p, "dvc.lock", "md5: ", "md5: 0"),
        ["train"],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_lock__says_what_dvc_says(change: str, pipeline: SmallPipeline) -> None:
    alter, expected = CHANGES[change]
    alter(pipeline)

    by_dvc, state = pipeline.stale_by_dvc(), pipeline.look()

    assert (expected, ("", expected, [])) == (by_dvc, stages(state))


def test_check_lock__of_any_commit(pipeline: SmallPipeline) -> None:
    edited(pipeline, "train.py", "'curve'", "'other'")
    pipeline.dvc("repro", "--quiet")
    pipeline.repository.commit({})

    found = [stages(pipeline.look(revision)) for revision in ("HEAD", "HEAD~1", "HEAD~2")]

    assert [("", [], []), ("", ["train"], []), ("", [], [])] == found


def test_check_lock__needs_nothing_checked_out(finished: SmallPipeline, tmp_path: Path) -> None:
    repository = finished.repository
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    bare = Repository(folder=tmp_path / "bare")

    state = check_lock(bare.files_of("HEAD"), Storage.of(finished.folder))

    assert ("", [], []) == stages(state)


def test_check_lock__names_the_reasons(pipeline: SmallPipeline) -> None:
    edited(pipeline, "params.yaml", "seed: 7", "seed: 8")
    edited(pipeline, "train.py", "'curve'", "'other'")

    (entry,) = pipeline.look().stale

    assert "`train.py` changed, `train` changed in params.yaml" == entry.reason


def without_listings(pipeline: SmallPipeline) -> None:
    """As in a fresh clone whose remote is far away, before a pull."""
    for folder in (".dvc/cache", "remote"):
        shutil.rmtree(pipeline.folder / folder)


def test_check_lock__does_not_call_fresh_what_it_cannot_tell(pipeline: SmallPipeline) -> None:
    without_listings(pipeline)

    state = pipeline.look()

    assert (("", [], ["train", "evaluate"]), False) == (stages(state), state.is_fresh)
    assert state.unchecked[0].reason.startswith("what `data` held is not known here (")


def test_check_lock__whose_outputs_were_edited_by_hand_cannot_be_told(
    pipeline: SmallPipeline,
) -> None:
    text = (pipeline.folder / "dvc.lock").read_text()
    found = text.index("- path: trained\n")
    digits = text.index("md5: ", text.index("hash: md5", found) + 10) + 5
    pipeline.repository.commit({"dvc.lock": text[:digits] + "f" * 8 + text[digits + 8 :]})

    problem, stale, unchecked = stages(pipeline.look())

    assert ("", ["report"], ["evaluate"]) == (problem, stale, unchecked)


def test_check_lock__without_a_stage(pipeline: SmallPipeline) -> None:
    """What comes after it may be fresh: nobody knows what it gave."""
    edited(pipeline, "dvc.lock", "  evaluate:\n", "  evaluat:\n")

    state = pipeline.look()

    reasons = [entry.reason for entry in (*state.stale, *state.unchecked)]
    expected = [
        "it has no entry in dvc.lock",
        "what `receipts/evaluate.json` held is not in dvc.lock",
    ]
    assert expected == reasons


def test_check_lock__that_is_missing(pipeline: SmallPipeline) -> None:
    pipeline.repository.commit({"dvc.lock": None})

    state = pipeline.look()

    assert (("there is no dvc.lock", [], []), False) == (stages(state), state.is_fresh)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        pytest.param("dvc.lock", "a: [", "dvc.lock is not valid YAML: ParserError", id="no-yaml"),
        pytest.param("dvc.lock", "- a", "dvc.yaml or dvc.lock names no stages", id="a-list"),
        pytest.param(
            "dvc.lock",
            "stages: {train: {deps: [{md5: 1}]}}",
            "dvc.yaml or dvc.lock is damaged: KeyError('path')",
            id="no-path",
        ),
        pytest.param("data.dvc", "outs: 3", "data.dvc is damaged: ", id="pointer"),
        pytest.param("params.yaml", "a: [", "params.yaml is not valid YAML: ", id="params"),
    ],
)
def test_check_lock__that_is_damaged(
    pipeline: SmallPipeline, name: str, content: str, problem: str
) -> None:
    pipeline.repository.commit({name: content})

    assert pipeline.look().problem.startswith(problem), pipeline.look().problem


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param("foreach: [1]", "its use of foreach in dvc.yaml is not understood", id="loop"),
        pytest.param(
            "desc: ${train.seed}", "its use of ${…} in dvc.yaml is not understood", id="template"
        ),
    ],
)
def test_check_lock__of_stages_it_does_not_understand(
    pipeline: SmallPipeline, change: str, reason: str
) -> None:
    edited(pipeline, "dvc.yaml", "cmd: python report.py", f"{change}\n    cmd: python report.py")

    (entry,) = pipeline.look().unchecked

    assert ("report", reason) == (entry.stage, entry.reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "`evaluate.py` is kept by Git LFS",
            id="git-lfs",
        ),
    ],
)
def test_check_lock__of_files_that_are_not_in_git(
    pipeline: SmallPipeline, content: str, reason: str
) -> None:
    pipeline.repository.commit({"evaluate.py": content})

    assert [reason, reason] == [entry.reason for entry in pipeline.look().unchecked]


def test_check_lock__follows_no_links(pipeline: SmallPipeline) -> None:
    (pipeline.folder / "evaluate.py").rename(pipeline.folder / "real.py")
    (pipeline.folder / "evaluate.py").symlink_to("real.py")
    pipeline.repository.commit({})

    assert ("", [], ["evaluate", "report"]) == stages(pipeline.look())


def test_fetch_listings__makes_it_known_without_the_data(pipeline: SmallPipeline) -> None:
    """A remote that is far away, so that nobody can look into its folder."""
    remote = pipeline.folder / "remote"
    with serving(lambda asked: response((remote / asked.path[1:]).read_bytes())) as url:
        edited(pipeline, ".dvc/config", "url = ../remote", f"url = {url}")
        shutil.rmtree(pipeline.folder / ".dvc/cache")
        before = pipeline.look()

        fetch_listings(pipeline.folder, before.listings)

    fetched = [path for path in (pipeline.folder / ".ml-ci").rglob("*") if path.is_file()]
    assert (["train", "evaluate"], []) == (stages(before)[2], stages(pipeline.look())[2])
    assert len(before.listings) == len(fetched)


@pytest.mark.parametrize("listing", ["ff" * 16 + ".dir", "../../secret.dir"])
def test_fetch_listings__leaves_out_what_cannot_be_had(
    pipeline: SmallPipeline, listing: str
) -> None:
    fetch_listings(pipeline.folder, [listing])

    assert not (pipeline.folder / LISTINGS).exists()


def test_with_upstream__names_everything_a_stage_needs(pipeline: SmallPipeline) -> None:
    found = pipeline.look().pipeline

    expected = [{"train"}, {"train", "evaluate"}, {"train", "evaluate", "report"}]
    assert expected == [found.with_upstream(name) for name in ("train", "evaluate", "report")]
