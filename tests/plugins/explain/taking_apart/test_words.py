import numpy as np
import pytest

from asterism.plugins.explain.taking_apart.words import take_apart


def without(text: str, *names: str, n_parts: int | None = None) -> str:
    apart = take_apart(text, n_parts)
    return apart.keeping(np.array([part.name not in names for part in apart.parts]))


def test_a_word_is_left_out_wherever_it_stands_and_whatever_its_case() -> None:
    assert [part.name for part in take_apart("The cat, the dog. THE end").parts] == ["The", "cat", "dog", "end"]
    assert without("The cat, the dog. THE end", "The") == " cat,  dog.  end"
    assert without("The cat, the dog.", "cat", "dog") == "The , the ."


@pytest.mark.parametrize("text", ["", "...", "  one two\n", "<script>alert(1)</script>", "مرحبا بالعالم", "naïve café"])
def test_with_all_its_parts_a_text_is_itself(text: str) -> None:
    apart = take_apart(text)
    assert apart.keeping(np.ones(len(apart), bool)) == text


def test_scripts_without_spaces_fall_into_characters() -> None:
    assert [part.name for part in take_apart("东京 tower").parts] == ["东", "京", "tower"]


def test_a_long_text_falls_into_runs_of_words() -> None:
    text = " ".join(f"w{place}" for place in range(1000))
    apart = take_apart(text, 10)
    assert len(apart) == 10
    assert apart.parts[0].name == "w0 w1 w2 ..."
    mask = np.ones(10, bool)
    mask[0] = False
    assert apart.keeping(mask).split() == [f"w{place}" for place in range(100, 1000)]
    assert len(take_apart(text)) == 200
