"""Words by tokenizers, stop words, stems and dictionary forms."""

import builtins
import logging
import os
import subprocess
import sys
import types
from typing import get_args

import pytest

from asterism.framework import DataError, Records, dump_state, fit_by_sums, load_state
from asterism.plugins.text import tokenizing, word_encoder, words
from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.text.stop_words import FOLDER, LANGUAGES, stop_words_of


@pytest.fixture(autouse=True)
def forget():
    """Load tokenizers anew, so that what is missing in one test is so in that one alone."""
    words.word_cutting.cache_clear()
    tokenizing._spacy_pipeline.cache_clear()


def records(texts):
    return Records.of(texts, modality="text")


def words_of(text, **settings):
    return next(BagOfWords(**settings)._words_of([text]))


def message(text="some cats", **settings):
    with pytest.raises(DataError) as caught:
        BagOfWords(**settings).fit(records([text]))
    return str(caught.value)


def hide(monkeypatch, package):
    """Let a package be missing."""
    found = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] == package:
            raise ImportError(f"No module named '{package}'")
        return found(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)


def test_words_are_lowered_and_without_stop_words():
    assert words_of("The CAT and a dog", stop_words="english") == ["cat", "dog"]
    assert words_of("The CAT", lowercase=False) == ["The", "CAT"]


def test_item_that_is_no_text_is_refused():
    with pytest.raises(DataError) as caught:
        list(BagOfWords()._words_of(["cat", 3]))
    assert str(caught.value) == "a text is needed, this is a int (rows 1); read the source with the modality 'text'"


WRITTEN = sorted(path.stem for path in FOLDER.iterdir())


@pytest.mark.parametrize("language", WRITTEN)
def test_stop_words_are_many_in_lower_case_and_none_twice(language):
    listed = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").split()
    assert len(listed) > 200
    assert [word for word in listed if word != word.lower()] == []
    assert sorted(set(listed)) == sorted(listed)


def test_languages_have_stop_words_of_their_own():
    assert {*WRITTEN, "english"} == set(LANGUAGES)
    assert words_of("der Hund und die Katze", stop_words="german") == ["hund", "katze"]
    assert stop_words_of(("german", "french")) == stop_words_of("german") | stop_words_of("french")
    assert words_of("ich mag english", stop_words=("english", "ich")) == ["mag"]  # a list with another word in it is a list of words


def test_stop_words_leave_before_words_are_stemmed():
    assert words_of("the connections are connecting", stem="english", stop_words=("connections", "the", "are")) == ["connect"]
    assert BagOfWords(stem="english", ngram_range=(2, 2)).fit(records(["connected cats", "connecting cat"])).terms_ == ["connect cat"]


def test_stemmers_are_those_of_snowball():
    import snowballstemmer

    assert set(get_args(word_encoder.Snowball)) <= set(snowballstemmer.algorithms())
    assert words_of("les chevaux continuellement", stem="french") == ["le", "cheval", "continuel"]


def test_jieba_cuts_chinese():
    assert words_of("我们在北京的大学。学习 ABC", tokenizer="jieba", stop_words="chinese") == ["北京", "大学", "学习", "abc"]


def test_jieba_writes_nothing(tmp_path):
    code = (
        "from asterism.plugins.text.encoders.bag_of_words import BagOfWords\n"
        "assert next(BagOfWords(tokenizer='jieba')._words_of(['中文'])) == ['中文']"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
    assert logging.getLogger("jieba").handlers == []


def test_spacy_cuts_by_the_rules_of_a_language():
    pytest.importorskip("spacy")
    assert words_of("Don't go to the U.K.!", tokenizer="spacy") == ["do", "n't", "go", "to", "the", "u.k."]
    assert words_of("l'eau", tokenizer="spacy", spacy_pipeline="fr") == ["l'", "eau"]


def test_spacy_takes_long_texts():
    pytest.importorskip("spacy")
    assert len(words_of("cat " * 100_000, tokenizer="spacy")) == 100_000
    assert len("".join(words_of("a" * 300_000, tokenizer="spacy"))) == 300_000


def test_spacy_puts_words_into_the_form_of_the_dictionary(monkeypatch):
    spacy = pytest.importorskip("spacy")
    from spacy.lookups import Lookups

    language, tables = spacy.blank("en"), Lookups()
    tables.add_table("lemma_lookup", {"cats": "cat", "went": "go"})
    language.add_pipe("lemmatizer", config={"mode": "lookup"}).initialize(lookups=tables)
    monkeypatch.setattr(tokenizing, "_spacy_pipeline", lambda name: language)
    assert words_of("the cats went", tokenizer="spacy", lemmatize=True, stop_words=("went",)) == ["the", "cat"]
    words.word_cutting.cache_clear()
    monkeypatch.undo()


def test_missing_pieces_of_spacy_are_named(monkeypatch):
    pytest.importorskip("spacy")
    assert message(tokenizer="spacy", lemmatize=True) == (
        "spaCy's pipeline 'en' has no lemmatizer; install one that has, as by `python -m spacy download en_core_web_sm`, "
        "and name it in spacy_pipeline"
    )
    assert message(tokenizer="spacy", spacy_pipeline="qq").startswith("spaCy has no language and no installed pipeline 'qq': ")
    tokenizing._spacy_pipeline.cache_clear()
    hide(monkeypatch, "spacy")
    assert message(tokenizer="spacy") == "tokenizer 'spacy' needs the package spacy; pip install spacy"


@pytest.mark.parametrize(
    ("package", "settings", "expected"),
    [
        ("snowballstemmer", {"stem": "english"}, "stemming needs the package snowballstemmer; pip install 'asterism[text]'"),
        ("nltk", {"lemmatize": True}, "lemmatize needs the package nltk, or tokenizer 'spacy'; pip install nltk"),
        ("jieba", {"tokenizer": "jieba"}, "tokenizer 'jieba' needs the package jieba; pip install 'asterism[text]'"),
        ("tokenizers", {"tokenizer": "subwords"}, "tokenizer 'subwords' needs the package tokenizers; pip install 'asterism[text]'"),
    ],
)
def test_missing_packages_are_named(monkeypatch, package, settings, expected):
    tokenizing._jieba.cache_clear()
    hide(monkeypatch, package)
    assert message(**settings) == expected


class WordNet:
    """Stands in for NLTK's reader, whose data are seldom there."""

    def __init__(self, has_data):
        self.has_data = has_data

    def ensure_loaded(self):
        if not self.has_data:
            raise LookupError("Resource wordnet not found.")

    def morphy(self, word):
        return {"cats": "cat", "went": "go"}.get(word)


@pytest.fixture
def wordnet(monkeypatch):
    def put(has_data):
        monkeypatch.setitem(sys.modules, "nltk.corpus", types.SimpleNamespace(wordnet=WordNet(has_data)))

    pytest.importorskip("nltk")
    return put


def test_wordnet_gives_the_form_of_the_dictionary(wordnet):
    wordnet(has_data=True)
    assert words_of("cats went qwerty", lemmatize=True) == ["cat", "go", "qwerty"]


def test_missing_data_of_wordnet_are_named(wordnet):
    wordnet(has_data=False)
    assert message(lemmatize=True) == (
        "lemmatize needs the data of WordNet, which are not on this machine; "
        "run `python -m nltk.downloader wordnet`, or take tokenizer 'spacy'"
    )


def test_settings_that_contradict_each_other_are_refused():
    assert message(stem="english", lemmatize=True) == (
        "a word is stemmed or put into its dictionary form, not both; leave out stem or lemmatize"
    )
    assert message(tokenizer="jieba", **{"token_pattern": "x"}) == (
        "token_pattern says what a word is to tokenizer 'words', tokenizer 'jieba' decides itself; leave one of the two out"
    )
    assert message(tokenizer="subwords", stop_words="english") == (
        "stop_words, stem and lemmatize are for words, tokenizer 'subwords' gives parts of them; leave them out, or the tokenizer"
    )


CORPUS = ["lower lowest newer newest wider", "low new wide widest", "中国人民 中国股市", "naïve, Naïve!"] * 3
SUBWORDS = {"tokenizer": "subwords", "vocab_size": 45}


def test_subwords_do_not_depend_on_the_order_of_the_texts():
    shuffled = sorted(CORPUS, reverse=True)
    one, other = (BagOfWords(**SUBWORDS).fit(records(texts)) for texts in (CORPUS, shuffled))
    assert one.subwords_ == other.subwords_
    assert {"##w", "low", "中国"} <= set(one.terms_)


def test_subwords_are_the_same_in_another_process():
    code = (
        "from asterism.plugins.text.encoders.bag_of_words import BagOfWords\n"
        f"print(ascii(BagOfWords(**{SUBWORDS!r}).fit({CORPUS!r}).subwords_), end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ascii(BagOfWords(**SUBWORDS).fit(records(CORPUS)).subwords_)


def test_subwords_by_sums_are_those_of_the_fit_in_memory():
    summed = fit_by_sums(BagOfWords(**SUBWORDS), [CORPUS[:5], CORPUS[5:]])
    whole = BagOfWords(**SUBWORDS).fit(records(CORPUS))
    assert (summed.subwords_, summed.terms_) == (whole.subwords_, whole.terms_)


def test_subwords_are_saved_and_loaded():
    encoder, loaded = BagOfWords(**SUBWORDS).fit(records(CORPUS)), BagOfWords(**SUBWORDS)
    load_state(loaded, *dump_state(encoder), resolve=None)
    assert (loaded.transform(CORPUS) != encoder.transform(CORPUS)).nnz == 0


def test_another_fit_learns_other_subwords():
    encoder = BagOfWords(**SUBWORDS).fit(records(CORPUS))
    assert encoder.fit(records(["abc abd abe"] * 3)).subwords_ == BagOfWords(**SUBWORDS).fit(records(["abc abd abe"] * 3)).subwords_


def test_texts_without_a_word_have_no_subwords():
    assert message(" ?! ", tokenizer="subwords") == (
        "the texts hold no word at all, so that there are no subwords; look at the texts, or try analyzer 'char'"
    )
