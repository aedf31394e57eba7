"""A smaller report keeps what matters most."""

from __future__ import annotations

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.parity.result import ImageResult, ParityResult, RungResult
from ml_ci.report.reduction import reduced
from ml_ci.report.schema import Report
from tests.builders.reports import evaluation, parity, report

SMALL = 500_000  # bytes: less than a thousand images, more than two hundred


def image(number: int, excess: float | None) -> ImageResult:
    rung = RungResult(
        step="resized",
        mark="within" if excess is None else "differs",
        own=excess,
        allowed=1.0,
        message="x" * 1000,
    )
    first = None if excess is None else "resized"
    return ImageResult(image=str(number), first_step=first, rungs=(rung,))


def of(*images: ImageResult) -> Report:
    return report(parity=(parity().model_copy(update={"images": images, "golden": len(images)}),))


def kept(content: Report) -> ParityResult:
    small, _ = reduced(content, max_bytes=SMALL)
    return small.parity[0]


def test_reduced__is_the_report_itself_when_it_fits() -> None:
    content = report()
    assert (content, ()) == reduced(content, max_bytes=SMALL)


def test_reduced__fits() -> None:
    small, _ = reduced(of(*(image(number, 1) for number in range(2000))), max_bytes=SMALL)
    assert len(small.model_dump_json()) <= SMALL


def test_reduced__keeps_images_that_part_before_those_that_agree() -> None:
    content = of(*(image(number, None if number % 10 else 2.0) for number in range(2000)))

    assert {str(number) for number in range(0, 2000, 10)} == {
        row.image for row in kept(content).images
    }


def test_reduced__keeps_the_largest_excess_in_the_old_order() -> None:
    content = of(*(image(number, 1.0 + number) for number in range(2000)))

    assert [str(number) for number in range(1800, 2000)] == [
        row.image for row in kept(content).images
    ]


def test_reduced__drops_a_matrix_nobody_can_look_at() -> None:
    score = ClassMetrics(name="x", precision=1, recall=1, f1=1, support=1)
    large = evaluation().model_copy(
        update={"classes": (score,) * 1000, "confusion": ((1,) * 1000,) * 1000}
    )

    small, left_out = reduced(report(evaluation=large), max_bytes=SMALL)

    assert (1000, (), [("rows of the confusion matrix", 1000)]) == (
        len(small.evaluation.classes),
        small.evaluation.confusion,
        [(entry.what, entry.rows) for entry in left_out],
    )


def test_reduced__counts_everything_still() -> None:
    assert 2000 == kept(of(*(image(number, 2.0) for number in range(2000)))).golden


def test_reduced__shares_the_room_among_the_targets() -> None:
    one = of(*(image(number, 1) for number in range(2000)))
    many = one.model_copy(update={"parity": one.parity * 16})

    small, _ = reduced(many, max_bytes=SMALL)

    assert len(small.model_dump_json()) <= SMALL
    assert {len(kept(one).images) // 16} == {len(result.images) for result in small.parity}
