"""What stands in the Markdown."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report
from ml_ci.report.summary import print_summary
from tests.builders.parity import judge
from tests.builders.reports import evaluation, parity, report, reported, without_container


def first_line(template: str, content: Report) -> str:
    return render(template, content).splitlines()[0]


def test_parity__says_the_verdict_first() -> None:
    expected = "## ✅ training and serving agree on 3 of 3 images"
    assert expected == first_line("parity.md.j2", report())


def test_parity__says_the_missing_container_first() -> None:
    expected = (
        "## ⚠️ training and serving agree on 3 of 3 images"
        " — the container itself was **not** exercised"
    )
    assert expected == first_line("parity.md.j2", report(engine=without_container()))


def test_parity__says_where_they_part_first() -> None:
    line = first_line("parity.md.j2", report(parity=(parity("resized"),)))

    assert line.startswith("## ❌ training and serving part at **resized** on 1 of 3 images")


def test_parity__is_a_row_of_marks_per_target() -> None:
    text = render("parity.md.j2", report(parity=(parity("resized"), parity())))

    rows = [line for line in text.splitlines() if line.startswith("| server |")]
    assert [
        "| server | ✓ | ✓ | ✓ | ✗ 1 | ✓ | ✓ | ✓ | ✓ |",
        "| server | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ |",
    ] == rows


def test_parity__names_the_image_and_what_differs() -> None:
    text = render("parity.md.j2", report(parity=(parity("resized"),)))

    assert "| photo_0.png | resized | – | resized differs |" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "**The gate is open: safe to merge.**", id="pass"),
        pytest.param(
            {"parity": (parity("resized"),)}, "**The gate is closed: do not merge yet.**", id="fail"
        ),
        pytest.param(
            {"parity": (parity(missing=1),)},
            "**The gate is closed: not known yet whether to merge.**",
            id="incomplete",
        ),
    ],
)
def test_parity__says_whether_to_merge(changed: dict[str, Any], said: str) -> None:
    assert said in "\n".join(render("parity.md.j2", report(**changed)).splitlines()[:4])


def test_parity__agreement_alone_does_not_read_as_a_pass() -> None:
    line = first_line("parity.md.j2", report(evaluation=evaluation(accuracy=0.8)))

    expected = "## ❌ **The gate is closed: accuracy**; training and serving agree on 3 of 3 images"
    assert expected == line


def test_parity__of_several_targets_says_the_worst_first() -> None:
    phone = parity("image").model_copy(update={"target": "phone"})

    line = first_line("parity.md.j2", report(parity=(parity(), phone, parity(missing=1))))

    assert line.startswith("## ❌ phone: training and serving part at **image** on 1 of 3 images")


def test_parity__of_several_targets_that_agree_says_how_many() -> None:
    line = first_line("parity.md.j2", report(parity=(parity(), parity(target="onnx"))))

    assert line.startswith(
        "## ✅ training and serving agree on 3 of 3 images, on each of 2 targets"
    )


def test_parity__says_where_targets_are_from() -> None:
    targets = (reported("server"), reported("phone", sentence="5 days before this <report>"))

    text = render("parity.md.j2", report(parity=(parity(), parity()), targets=targets))

    assert "- server: where server is from.\n- phone: 5 days before this &lt;report>.\n" in text


def test_parity__says_what_could_not_be_used_of_a_dump() -> None:
    problems = ("a.npy is pickled", "b|c is no image", "d")

    text = render("parity.md.j2", report(targets=(reported("phone", problems=problems),)), rows=2)

    section = text.partition("### What could not be used of phone\n")[2]
    assert "\n- a.npy is pickled\n- b\\|c is no image\n" in section
    assert ("… and 1 more" in section, "- d" in section) == (True, False)


@pytest.mark.parametrize(
    ("own", "allowed", "shown"),
    [
        pytest.param(3.0, 2.0, "1.5×", id="small"),
        pytest.param(66.33, 0.01, "6\u202f633×", id="thousands"),
        pytest.param(None, 0.01, "no number", id="nan"),
        pytest.param(None, None, "–", id="exact"),
    ],
)
def test_parity__shows_how_far_an_image_is_off(
    own: float | None, allowed: float | None, shown: str
) -> None:
    image = parity("resized").images[0]
    rungs = tuple(
        rung.model_copy(update={"own": own, "allowed": allowed})
        for rung in image.rungs
        if rung.step == "resized"
    )
    image = image.model_copy(update={"rungs": rungs})
    content = report(parity=(judge(target="server", golden=1, images=[image], failures=[]),))

    text = render("parity.md.j2", content)

    assert f"| photo_0.png | resized | {shown} | resized differs |" in text


def test_parity__folds_all_but_the_worst_images() -> None:
    broken = parity("resized")
    images = [broken.images[0].model_copy(update={"image": f"{n:02}.png"}) for n in range(30)]
    content = report(parity=(judge(target="server", golden=30, images=images, failures=[]),))

    shown, _, folded = render("parity.md.j2", content).partition("<summary>25 more that differ")

    assert (5, 15, True) == (
        shown.count(".png | resized"),
        folded.count(".png | resized"),
        "… and 10 more" in folded,
    )


def test_parity__keeps_to_the_rows_it_is_given() -> None:
    broken = parity("resized")
    images = [broken.images[0].model_copy(update={"image": f"{n}.png"}) for n in range(4)]
    content = report(parity=(judge(target="server", golden=4, images=images, failures=[]),))

    text = render("parity.md.j2", content, rows=2)

    assert (2, True) == (text.count(".png | resized"), "… and 2 more" in text)


def test_parity__shows_only_the_environment_that_differs_in_the_table() -> None:
    text = render("parity.md.j2", report())

    assert "| numpy | 2.4.6 | 2.4.5 |" in text


def test_parity__shows_the_log_in_a_code_block() -> None:
    text = render("parity.md.j2", report(log_tail=("boom",)))

    assert "\n```text\nboom\n```\n" in text


def test_metrics__says_the_accuracy_first() -> None:
    assert "## ✅ Accuracy 98.0% on 100 test images" == first_line("metrics.md.j2", report())


def test_metrics__says_what_closed_the_gate_first() -> None:
    line = first_line("metrics.md.j2", report(evaluation=evaluation(accuracy=0.5)))

    assert "## ❌ Accuracy 50.0% on 100 test images; **the gate is closed: accuracy, " in line


def test_metrics__keeps_tables_whole() -> None:
    rows = [
        line.count("|")
        for line in render("metrics.md.j2", report()).splitlines()
        if line.startswith("| **")
    ]

    assert [4, 4] == rows


@pytest.mark.parametrize("template", ["metrics.md.j2", "parity.md.j2"])
def test_render__escapes_class_and_image_names(template: str) -> None:
    hostile = ClassMetrics(name="<b>|@all", precision=1, recall=1, f1=1, support=1)
    broken = parity("label")
    image = broken.images[0].model_copy(update={"image": "<b>|@all"})
    content = report(
        evaluation=evaluation(classes=(hostile, hostile)),
        parity=(broken.model_copy(update={"images": (image,)}),),
    )

    text = render(template, content)

    assert ("&lt;b>\\|@\u200ball" in text, "<b>" in text) == (True, False)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("../x", "../x", id="path"),
        pytest.param("a|b", "a\\|b", id="table-cell"),
        pytest.param("@all", "@\u200ball", id="mention"),
    ],
)
def test_metrics__class_with_another_meaning_keeps_its_cells(name: str, shown: str) -> None:
    """`validate` refuses such classes; weights trained elsewhere may still bring them."""
    score = ClassMetrics(name=name, precision=1, recall=1, f1=1, support=1)

    text = render("metrics.md.j2", report(evaluation=evaluation(classes=(score, score))))

    expected = [f"| {shown} | 1 | 1 | 1 | 1 |"] * 2
    expected += [
        f"| | {shown} | {shown} |",
        f"| **{shown}** | 48 | 2 |",
        f"| **{shown}** | · | 50 |",
    ]
    assert expected == [line for line in text.splitlines() if shown in line]


def test_summary__is_a_few_lines_with_the_verdict_first() -> None:
    output = io.StringIO()

    content = report(engine=without_container())
    print_summary(Console(file=output, width=200), content, seconds=41.2)

    lines = output.getvalue().splitlines()
    assert "the gate is open; the container itself was not exercised" in lines[0]
    assert len(lines) <= 12


def test_parity__says_how_many_answers_are_another_class() -> None:
    one = parity("image")
    steps = tuple(
        step.model_copy(update={"apart": 2}) if step.step == "label" else step for step in one.steps
    )

    text = render("parity.md.j2", report(parity=(one.model_copy(update={"steps": steps}),)))

    assert "**server answers 2 of 3 images with another class than training.**" in text
