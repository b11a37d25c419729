from bench.inprocess import Effort, measured

TINY = Effort(rounds=1, chunks=20, repeats=1)


def test_every_dialect_has_each_figure_and_every_figure_a_target() -> None:
    told = measured(TINY)
    assert (told.answers, told.wrong) == (8, [])
    kinds = [figure.name.partition(",")[0] for figure in told.figures]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "SSE parse": 4,
        "grammar": 4,
        "delta through both tiers": 4,
        "136k body": 5,
        "facts of a 136k body": 1,
        "facts of a 850k body": 1,
        "decide among 10 targets": 2,
    }
    assert all(figure.target and figure.decisive > 0 for figure in told.figures)
