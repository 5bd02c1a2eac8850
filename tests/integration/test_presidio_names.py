"""Names inside plain Presidio, with words by jieba, and in the scan of a file."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from spacy.training import Example

from weir.errors import UnavailableError
from weir.privacy.classification.survey import survey
from weir.privacy.detector import detector_of
from weir.privacy.hits import ScoredHits
from weir.privacy.names.bulk import NamesBulk
from weir.privacy.names.detector import names_detector
from weir.privacy.names.evaluation import hand_written
from weir.privacy.names.finder import name_finder
from weir.privacy.names.installed_models import (
    SpacyNamesRecognizer,
    TransformersNamesRecognizer,
)
from weir.privacy.names.labels import KINDS
from weir.privacy.names.nlp_engine import JiebaNlpEngine
from weir.privacy.names.recogniser import NamesRecognizer
from weir.privacy.recognisers import LANGUAGE, build_registry
from weir.privacy.table_file import read_file

TEXT = "当事人王建国，住遂宁市船山区凯旋路123号，电话13900009021"


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    return AnalyzerEngine(
        registry=build_registry(NamesRecognizer()),
        nlp_engine=JiebaNlpEngine(),
        supported_languages=[LANGUAGE],
    )


def test_names_are_found_beside_identifiers(analyzer: AnalyzerEngine) -> None:
    """In one registry of plain Presidio."""
    results = analyzer.analyze(TEXT, language=LANGUAGE)
    found = {(result.entity_type, TEXT[result.start : result.end]) for result in results}
    assert found == {
        ("PERSON_NAME", "王建国"),
        ("ADDRESS", "遂宁市船山区凯旋路123号"),
        ("CN_MOBILE", "13900009021"),
    }


def test_a_context_word_raises_the_score(analyzer: AnalyzerEngine) -> None:
    """Words are words, and not characters, so that Presidio sees them."""
    (plain,) = analyzer.analyze("王建国", language=LANGUAGE)
    (told,) = analyzer.analyze("联系人王建国", language=LANGUAGE)
    assert (plain.score, round(told.score, 2)) == (0.6, 0.95)


def test_the_engine_gives_words_lemmas_and_keywords() -> None:
    """Stop words and punctuation are no keywords; the words make up the text."""
    engine = JiebaNlpEngine()
    assert not engine.is_loaded()
    engine.load()
    text = "遂宁市的ABC公司，住址：船山区 2楼"
    artifacts = engine.process_text(text, LANGUAGE)
    words = [token.text for token in artifacts.tokens]
    assert "".join(words) == text
    assert [
        text[start:][: len(word)]
        for start, word in zip(artifacts.tokens_indices, words, strict=True)
    ] == words
    assert {"遂宁市", "住址", "船山区", "公司"} <= set(artifacts.keywords)
    assert not {"的", "，", "：", " "} & set(artifacts.keywords)
    assert [t for t, _ in engine.process_batch(["甲", "乙"], LANGUAGE)] == ["甲", "乙"]
    assert engine.process_text("", LANGUAGE).keywords == []
    assert engine.process_text("\ud800住址", LANGUAGE).keywords == ["住址"]


def test_bulk_and_presidio_agree_on_every_hand_written_text(analyzer: AnalyzerEngine) -> None:
    """Kind and span, cell by cell."""
    texts = [s.text for part in ("seen", "unseen") for s in hand_written(part)]
    by_presidio = {
        (cell, result.entity_type, result.start, result.end)
        for cell, text in enumerate(texts)
        for result in analyzer.analyze(text, language=LANGUAGE, entities=list(KINDS))
    }
    hits = name_finder().find(pa.array(texts))
    in_bulk = set()
    for number, cell, start, end in np.stack(
        [hits.entity, hits.cell, hits.start, hits.end], axis=1
    ).tolist():
        raw = texts[cell].encode()
        in_bulk.add((cell, KINDS[number], len(raw[:start].decode()), len(raw[:end].decode())))
    assert in_bulk == by_presidio
    assert len(in_bulk) == len(hits) > 300


@pytest.mark.parametrize("header", ["姓名", "xm", "备注"])
def test_bulk_and_presidio_agree_under_a_header(analyzer: AnalyzerEngine, header: str) -> None:
    """Kind, span and score, where the header tells of persons and where it does not."""
    texts = [
        "扎西次仁",
        "SMITH John",
        "王建国",
        "不详",
        "王娜",
        "遂宁市宏达建筑工程有限公司",
        "13900009021",
        "",
    ]
    by_presidio = [
        (cell, KINDS.index(result.entity_type), result.end, round(result.score, 2))
        for cell, text in enumerate(texts)
        for result in analyzer.analyze(
            text, language=LANGUAGE, entities=list(KINDS), context=[header]
        )
    ]
    hits, _ = NamesBulk().survey(pa.array(texts), header)
    in_bulk = zip(
        hits.cell, hits.entity, _characters(texts, hits), hits.score.round(2), strict=True
    )
    assert [tuple(hit) for hit in in_bulk] == by_presidio
    persons = analyzer.analyze(
        "扎西次仁", language=LANGUAGE, entities=["ADDRESS"], context=[header]
    )
    assert persons == []


def _characters(texts: list[str], hits: ScoredHits) -> list[int]:
    """Where hits end, in characters."""
    return [
        len(texts[cell].encode()[:end].decode())
        for cell, end in zip(hits.cell.tolist(), hits.end.tolist(), strict=True)
    ]


def test_a_file_is_scanned_for_names_in_bulk(tmp_path: Path) -> None:
    """Counts per column, beside identifiers; the detector says which model it used."""
    path = tmp_path / "remarks.csv"
    rows = "经办人王建国签字,13900009021\n已完成,\n住凯旋路123号3栋501室,\n"
    path.write_text("remark,phone\n" + rows, "utf-8")
    report = read_file(
        path,
        lambda schema, batches, _: survey(
            schema, batches, name="remarks", detector=names_detector()
        ),
    ).report
    found = {
        (f.column, entity): count for f in report.fields for entity, count in f.entities.items()
    }
    assert found == {
        ("remark", "PERSON_NAME"): 1,
        ("remark", "ADDRESS"): 1,
        ("phone", "CN_MOBILE"): 1,
    }
    assert set(KINDS) < set(report.entities_covered)
    assert "weir names model sm3:" in report.detector


def test_a_registry_with_the_recogniser_is_scanned_in_bulk() -> None:
    """The detector of the registry says the same as ours; a header adds to the score."""
    detector = detector_of(build_registry(NamesRecognizer()))
    assert detector.name == names_detector().name
    assert not detector.reads_values_one_by_one
    plain = detector.search(pa.array([TEXT])).hits
    told = detector.search(pa.array([TEXT]), "联系人").hits
    names = {name: number for number, name in enumerate(detector.entities_covered)}
    of_person = plain.entity == names["PERSON_NAME"]
    assert plain.score[of_person].tolist() == [0.6]
    assert told.score[of_person].tolist() == [0.95]
    assert pickle.loads(pickle.dumps(NamesBulk())).name == NamesBulk().name  # noqa: S301 — our own


def test_the_bulk_path_loads_neither_presidio_nor_a_segmenter() -> None:
    """Numpy and Arrow are enough."""
    program = (
        "import sys, pyarrow as pa; from weir.privacy.names.finder import name_finder;"
        "assert len(name_finder().find(pa.array(['联系人王建国']))) == 1;"
        "assert not {'presidio_analyzer', 'spacy', 'jieba', 'rjieba'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(root / "include")}
    )


def test_an_installed_spacy_pipeline_is_used(tmp_path: Path) -> None:
    """A tiny one, trained here on two sentences, in place of `zh_core_web_*`."""
    pipeline = spacy.blank("zh")
    spans = {"entities": [(2, 5, "PERSON"), (6, 9, "ORG")]}
    examples = [Example.from_dict(pipeline.make_doc("这是王建国在教育局"), spans)]
    pipeline.add_pipe("ner")
    pipeline.initialize(lambda: examples)
    for _ in range(60):
        pipeline.update(examples)
    pipeline.to_disk(tmp_path / "zh_tiny")
    registry = RecognizerRegistry(
        recognizers=[SpacyNamesRecognizer(tmp_path / "zh_tiny")], supported_languages=[LANGUAGE]
    )
    engine = AnalyzerEngine(
        registry=registry, nlp_engine=JiebaNlpEngine(), supported_languages=[LANGUAGE]
    )
    found = engine.analyze("这是王建国在教育局", language=LANGUAGE)
    assert {(one.entity_type, one.start, one.end) for one in found} == {
        ("PERSON_NAME", 2, 5),
        ("ORGANISATION", 6, 9),
    }


def test_a_model_that_is_not_installed_is_an_outage_and_no_download(tmp_path: Path) -> None:
    """Neither a package nor a folder of that name."""
    for make in (
        lambda: SpacyNamesRecognizer("zh_core_web_lg"),
        lambda: TransformersNamesRecognizer(tmp_path / "absent"),
    ):
        with pytest.raises(UnavailableError) as refused:
            make()
        assert refused.value.code == "names_model_not_installed"


def test_an_installed_token_classifier_is_used(tmp_path: Path) -> None:
    """A tiny one with made-up weights, where transformers is at hand."""
    transformers = pytest.importorskip("transformers")
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n王\n建\n国\n", "utf-8")
    transformers.BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=8,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label={0: "PER"},
        label2id={"PER": 0},
    )
    transformers.BertForTokenClassification(config).save_pretrained(tmp_path)
    recogniser = TransformersNamesRecognizer(tmp_path)
    (found,) = recogniser.analyze("王建国", None)
    assert (found.entity_type, found.start, found.end) == ("PERSON_NAME", 0, 3)
