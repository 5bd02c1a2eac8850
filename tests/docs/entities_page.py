"""docs/entities.md: the entity table as a page."""

from __future__ import annotations

from weir.privacy.cues import REACH
from weir.privacy.entities import ENTITIES, Entity
from weir.privacy.shapes import Form, Phrase, Runs, Search

_PAGE = """\
# Types of identifiers

{made}

`weir.privacy.entities` holds this table; scans, Presidio recognisers and reports are made from it.
{count} types. Text is read in NFKC: full-width digits are digits, invisible characters are not
there, and seven or more Han numerals in a row are a number.

A **weak** form looks like too much else: it counts where one of the cues stands at most {reach}
characters before it, with no other number or clause between, or in the header of the column. A
**spaced** form may have a space or a hyphen between any two of its characters; one with **labels**
counts right behind letters that name it, as in `tel13900009021`, and they are no part of it; what
region, date and check digit prove counts behind **any letters**. Cues
stand in names of fields too, joined by underscores or capitals (`idCardNo`). What stands right
behind a **denial**, or in a column headed by one, is something else, unless a cue stands there too.
Of types that match the very same text the one with the lower rank is reported. Sensitive: by GB/T
35273-2020, annex B; what is in brackets only tells something of somebody and identifies nobody: a
product may hold it.
The grade is the default by GB/T 43697 where no catalogue grades the field.

In plain Presidio:

```python
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from weir.privacy.recognisers import REGISTRY_YAML, build_analyzer

registry = RecognizerRegistryProvider(conf_file=REGISTRY_YAML).create_recognizer_registry()
analyzer = build_analyzer(registry)
analyzer.analyze("12345678", language="zh", context=["QQ号"])
```

| rank | type | name | forms | check | sensitive | grade | source |
|---|---|---|---|---|---|---|---|
{types}

## Examples and cues

| type | found in | not found in | cues | denials |
|---|---|---|---|---|
{examples}
"""


_SENSITIVE = {(False, True): "", (True, True): "✓", (True, False): "(✓)", (False, False): "( )"}


def document(made: str) -> str:
    return _PAGE.format(
        made=made,
        count=len(ENTITIES),
        reach=REACH,
        types="\n".join(map(_row, ENTITIES)),
        examples="\n".join(map(_examples, ENTITIES)),
    )


def _row(entity: Entity) -> str:
    cells = (
        str(entity.rank),
        f"`{entity.name}`",
        entity.title,
        _kind(entity.shape),
        f"`{entity.check.name}`" if entity.check else "",
        _SENSITIVE[entity.sensitive, entity.identifies],
        str(int(entity.grade)),
        entity.standard,
    )
    return f"| {' | '.join(cells)} |"


def _kind(shape: Runs | Search | Phrase) -> str:
    match shape:
        case Runs(forms=forms):
            plain = [form for form in forms if not form.label]
            labels = {form.label for form in forms if form.label}
            wild = any(label.startswith("[") for label in labels)
            strong = sum(not form.weak for form in plain)
            told = [f"{strong} strong"] * bool(strong)
            told += [f"{len(plain) - strong} weak"] * bool(len(plain) - strong)
            told += ["any letters before"] if wild else [f"{len(labels)} labels"] * bool(labels)
            return ", ".join([*told, *["spaced"] * any(map(_is_spaced, forms))])
        case Search():
            return "searched"
        case Phrase():
            return ", ".join(["words"] * bool(shape.body) + ["weak words"] * bool(shape.weak_body))


def _is_spaced(form: Form) -> bool:
    return form.spaced


def _examples(entity: Entity) -> str:
    cells = (
        f"`{entity.name}`",
        _listed(entity.examples),
        _listed(entity.counter_examples),
        "、".join(map(_escaped, entity.cues)),
        "、".join(map(_escaped, entity.denials)),
    )
    return f"| {' | '.join(cells)} |"


def _listed(texts: tuple[str, ...]) -> str:
    return "<br>".join(f"`{_escaped(text)}`" for text in texts)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
