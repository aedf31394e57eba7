"""What stands in the Markdown."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.parity.conclusion import conclude
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report
from ml_ci.report.summary import print_summary
from tests.builders.checks import accuracy, check
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


CLASSES = check("class list", step="label")
NOT_ASKED = [check(name, "unknown", evidence="not asked: no room") for name in ("batch", "place")]


def test_parity__says_first_that_a_check_differs() -> None:
    target = conclude(parity(), [CLASSES])

    expected = (
        "## ❌ **class list** differs, although 3 of 3 golden images agree; **the gate is closed**"
    )
    assert expected == first_line("parity.md.j2", report(parity=(target,)))


def test_parity__names_a_few_of_the_checks_that_differ_first() -> None:
    target = conclude(parity(target="b"), [check(name) for name in "vwxyz"])

    line = first_line("parity.md.j2", report(parity=(parity(target="a"), target)))

    assert line.startswith("## ❌ b: **v, w, x and 2 more** differ, although 3 of 3 golden")


def test_parity__says_first_that_an_invariant_differs_beside_a_step() -> None:
    checks = [check("the same request again", topic="invariants"), CLASSES]

    line = first_line("parity.md.j2", report(parity=(conclude(parity("logits"), checks),)))

    assert (
        "## ❌ training and serving part at **logits** on 1 of 3 images; "
        "**the same request again** differs as well" == line
    )


def test_parity__says_first_that_the_reference_is_not_sound() -> None:
    own = [check("the same request again", topic="invariants")]
    content = report(
        parity=(conclude(parity("resized"), [CLASSES], reference=own),), reference=tuple(own)
    )

    text = render("parity.md.j2", content)

    assert (
        "## ❌ **the reference fails its own checks**, so no target is to blame for anything; "
        "**the gate is closed**" == text.splitlines()[0]
    )
    assert "### Worst images" not in text
    shown = text.partition("### The reference's own checks")[2]
    assert ("| ❌ | the same request again |" in shown, "class list" in shown) == (True, False)


def test_parity__says_first_that_something_could_not_be_checked() -> None:
    target = conclude(parity(), NOT_ASKED)

    assert "## ✅ training and serving agree on 3 of 3 images; 2 checks could not be made" == (
        first_line("parity.md.j2", report(parity=(target,)))
    )


@pytest.mark.parametrize("steps", [(), ("resized",)], ids=["a check", "a step"])
def test_parity__says_first_that_the_accuracy_differs(steps: tuple[str, ...]) -> None:
    symptom = check("accuracy through the server", topic="accuracy")
    lost = accuracy(served=0.5, broken=48)
    target = conclude(parity(*steps), [symptom, CLASSES], accuracy=lost)

    line = first_line("parity.md.j2", report(parity=(target,)))

    assert "; accuracy 50.00% served, 98.00% in the script" in line


def test_parity__says_nothing_first_of_an_accuracy_that_agrees() -> None:
    target = conclude(parity("resized"), [CLASSES], accuracy=accuracy())

    assert "accuracy" not in first_line("parity.md.j2", report(parity=(target,)))


def test_parity__accuracy_stands_at_the_head() -> None:
    target = conclude(parity(), [], accuracy=accuracy(served=0.91, broken=7))

    head = render("parity.md.j2", report(parity=(target,))).partition("| target |")[0]

    assert (
        "| server | 98.00% | 91.00% | −7.00 points (−9.00 to −5.00) | "
        "7 broken, on 100 test images |\n" in head
    )


def test_parity__has_a_column_for_the_checks() -> None:
    text = render("parity.md.j2", report(parity=(conclude(parity(), [CLASSES, *NOT_ASKED]),)))

    assert [
        "| target | received | decoded | image | resized | tensor | logits | probabilities | label "
        "| checks |",
        "|---|:-:|:-:|:-:|:-:|:-:|:-:|:-:|:-:|:-:|",
        "| server | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✗ 1 · 2 ❔ |",
    ] == text[text.index("| target |") :].splitlines()[:3]


def test_parity__what_differs_or_is_not_known_is_seen_and_the_rest_folded() -> None:
    agrees = check("pixels", "agrees", evidence="the same on all 3 images")
    python = check("python", "note", topic="environment", evidence="the target has 3.11")
    target = conclude(parity(), [CLASSES, *NOT_ASKED, agrees, python])

    seen, _, folded = render("parity.md.j2", report(parity=(target,))).partition("<details>")

    assert (
        "### Checks that differ, or could not be made\n\n"
        "| | check | what was seen |\n|:-:|---|---|\n"
        "| ❌ | class list | evidence of class list |\n"
        "| ❔ | batch, place | not asked: no room |\n" in seen
    )
    assert "<summary>Checks: 1 agrees</summary>" in folded
    assert "| ✓ | pixels | the same on all 3 images |" in folded
    assert "<summary>Environment, beside the reference's</summary>" in folded
    assert "| ℹ️ | python | the target has 3.11 |" in folded


def test_parity__names_what_can_matter_for_the_step_that_parted() -> None:
    numpy = check("numpy", "note", topic="environment", step="resized")
    target = conclude(parity("resized"), [numpy, check("python", "note", topic="environment")])

    text = render("parity.md.j2", report(parity=(target,)))

    assert "<summary>Environment: numpy can matter at resized</summary>" in text


def test_parity__of_an_older_report_has_no_checks() -> None:
    text = render("parity.md.j2", report())

    assert ("checks |" in text, "Checks" in text, "accuracy on test" in text) == (False,) * 3


def test_summary__tells_accuracy_and_checks_of_a_target() -> None:
    stream = io.StringIO()
    target = conclude(parity(), [CLASSES, *NOT_ASKED], accuracy=accuracy(served=0.91, broken=7))

    print_summary(Console(file=stream, width=300), report(parity=(target,)))

    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    place = next(number for number, line in enumerate(lines) if "served 91.00%" in line)
    width = lines[place].index("script")
    assert ("accuracy", "checks") == (lines[place][:8], lines[place + 1][:6])
    assert [
        "script 98.00%, served 91.00%, −7.00 points (−9.00 to −5.00): 7 broken, on 100 test images",
        "1 differs, 2 could not be made",
        "✗ class list: evidence of class list",
        "? batch, place: not asked: no room",
    ] == [line[width:] for line in lines[place : place + 4]]
