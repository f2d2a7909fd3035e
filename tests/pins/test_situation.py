from dataclasses import fields

from keypin.pins.situation import QUESTIONS, Situation


def test_each_question_fills_one_field_of_the_situation() -> None:
    """The questionnaire and the answers are the same list."""
    assert [question.key for question in QUESTIONS] == [field.name for field in fields(Situation)]


def test_each_question_offers_every_answer_and_says_why() -> None:
    """A choice that is missing could never be given; all is open at first."""
    for question in QUESTIONS:
        (kind,) = {type(value) for value, _ in question.choices}
        assert [value for value, _ in question.choices] == list(kind)
        assert question.text.endswith("?")
        assert question.why.endswith(".")
        assert getattr(Situation(), question.key) is None
