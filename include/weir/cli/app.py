"""The command line: `python -m weir …` or `bin/weir …`."""

from __future__ import annotations

import json
import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from weir.cli import (
    account,
    agreement,
    calendar,
    dispute,
    drill,
    evaluation,
    incident,
    policy,
    rectification,
    report,
    scan,
    user,
)
from weir.cli.demand import group as demand
from weir.cli.lapsed import warn_lapsed
from weir.cli.refusal import output_lost, refusal_line
from weir.cli.release import release
from weir.cli.retention import group as retention
from weir.cli.verification import show_verification
from weir.errors import UnavailableError, WeirError
from weir.settings import load_settings

if TYPE_CHECKING:
    from weir.demo.journey import Clients
    from weir.demo.progress import Progress

EXIT_REFUSED = 1
EXIT_UNAVAILABLE = 75  # EX_TEMPFAIL of sysexits.h: the same command may succeed later

app = typer.Typer(
    name="weir",
    help="堰 Weir: nothing flows out that is not authorised, and everything that flows is proven.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
contracts = typer.Typer(help="合同 Contracts: check, explain, compare.", no_args_is_help=True)
app.add_typer(contracts, name="contracts")
app.add_typer(release, name="release")
app.add_typer(account.app, name="account")
app.add_typer(policy.app, name="policy")
app.command("calendar")(calendar.calendar)
app.command("notices")(calendar.notices)
app.command("scan")(scan.scan)
app.add_typer(user.app, name="user")
app.add_typer(drill.app, name="drill")
app.add_typer(incident.app, name="incident")
app.add_typer(report.app, name="report")
app.add_typer(demand, name="demand")
app.add_typer(agreement.group, name="agreement")
app.add_typer(evaluation.group, name="evaluation")
app.add_typer(dispute.group, name="dispute")
app.add_typer(rectification.group, name="rectification")
app.add_typer(retention, name="retention")


class Service(StrEnum):
    gate = "gate"
    bureau = "bureau"
    intake = "intake"


class Database(StrEnum):
    gate = "gate"
    bureau = "bureau"


class Outcome(StrEnum):
    agreed = "agreed"
    refused = "refused"


class ScopeKind(StrEnum):
    scenario = "scenario"
    dataset = "dataset"
    provider = "provider"
    data_user = "data_user"
    all = "all"


@contracts.command("check")
def contracts_check() -> None:
    """检查 Check every contract file; each problem names file, line, path and remedy."""
    from weir.contracts.check import check_text
    from weir.runtime import commands

    warn_lapsed()
    problems = commands.contract_problems()
    typer.echo(check_text(problems), nl=False)
    if problems:
        raise typer.Exit(EXIT_REFUSED)


@contracts.command("explain")
def contracts_explain(scenario: str) -> None:
    """说明 Say what a scenario's contract lets happen, until when and by which article."""
    from weir.contracts.explain import explain
    from weir.runtime import adapters

    plan = adapters.load_plan(scenario)
    warn_lapsed()
    typer.echo(explain(plan))


@contracts.command("diff")
def contracts_diff(scenario: str) -> None:
    """比较 Say what changed between the contract as the bureau decided it and as it stands."""
    from weir.contracts.diff import diff_text
    from weir.runtime import commands

    warn_lapsed()
    decided, present, revocation = commands.decided_and_present(scenario)
    typer.echo(diff_text(decided, present), nl=False)
    if revocation:
        typer.echo(
            "决定已撤销 the bureau has taken its decision back:"
            f" {revocation.notice} ({revocation.article})"
        )


@contracts.command("schemas")
def contracts_schemas(folder: Path) -> None:
    """模式 Write the JSON Schemas of the contract files into FOLDER, for editors."""
    from weir.contracts.schema import write_schemas
    from weir.runtime.folders import writing_into

    with writing_into(folder):
        write_schemas(folder)


@app.command()
def run(scenario: str) -> None:
    """运行 Run a scenario's stages here, without Airflow; wait for the gate and its reviewers."""
    from weir.runtime import worker

    warn_lapsed()
    status = worker.run_here(scenario)
    typer.echo(f"{status.state} {status.release_id} rows={status.rows}")


@app.command()
def verify(
    folder: Path,
    operator_key: Annotated[
        Path | None, typer.Option(help="operator's SM2 public key, PEM; default from settings")
    ] = None,
    bureau_key: Annotated[
        Path | None, typer.Option(help="bureau's SM2 public key, PEM; default from settings")
    ] = None,
) -> None:
    """核验 Verify a release from its files and the public keys alone; no network is used."""
    from weir.runtime import commands

    outcome = commands.verify(folder, operator_key=operator_key, bureau_key=bureau_key)
    show_verification(outcome)
    if not outcome.passed:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def fetch(scenario: str, folder: Path) -> None:
    """取数 Fetch a scenario's releases with the consumer's own credential (WEIR_S3_*)."""
    from weir.runtime import commands

    typer.echo(f"{commands.fetch(scenario, folder)} 个对象 objects → {folder}")
    for name in commands.delisted_in(folder):
        typer.echo(f"已下架，不得再使用 delisted, no longer to be used: {name}")


@app.command()
def catalogue() -> None:
    """目录 List every dataset of the catalogue: open type, grade, provider, fields (第五条)."""
    from weir.contracts.catalogue import catalogue_text, load_catalogue

    typer.echo(catalogue_text(load_catalogue(load_settings().contracts_dir)), nl=False)


@app.command()
def decide(
    demand: Annotated[str, typer.Argument(help="its name, or its scenario's where one is open")],
    outcome: Annotated[Outcome, typer.Option(help="what is decided")] = Outcome.agreed,
    reason: Annotated[str, typer.Option(help="needed for a refusal")] = "",
    article: Annotated[
        str, typer.Option(help="ground of a refusal; needed where the subjects have authorised")
    ] = "",
) -> None:
    """决定 The bureau decides a demand its providers have answered; the gate is told."""
    from weir.runtime import demands

    warn_lapsed()
    typer.echo("\t".join(demands.decide(demand, outcome.value, reason, article)))


@app.command()
def revoke(
    scenario: str,
    ground: Annotated[str, typer.Option(help="why, in words")],
    article: Annotated[str, typer.Option(help="the article it rests on")],
    notice: Annotated[str, typer.Option(help="number of the formal notice to the operator")],
) -> None:
    """撤销 The bureau takes its decision on a scenario back (第十五条); the gate is told."""
    from weir.runtime import demands

    warn_lapsed()
    demands.revoke(scenario, ground, article, notice)
    typer.echo(f"已撤销 revoked: {scenario}")


@app.command()
def suspend(
    scope_kind: ScopeKind,
    ground: Annotated[str, typer.Option(help="why, in words")],
    scope: Annotated[str, typer.Argument(help="its name; not needed for all")] = "",
    due_on: Annotated[
        str, typer.Option(help="last day for rectifying; the policy pack's by default")
    ] = "",
) -> None:
    """暂停 The bureau suspends supply for a scope and opens its rectification (第十六条)."""
    from weir.cli.cases import read_day
    from weir.runtime import commands

    commands.order("suspend", scope_kind.value, scope, ground, read_day(due_on))
    typer.echo(f"已暂停 suspended: {scope_kind.value} {scope}".strip())


@app.command()
def resume(
    scope_kind: ScopeKind,
    ground: Annotated[str, typer.Option(help="why, in words")],
    scope: Annotated[str, typer.Argument(help="its name; not needed for all")] = "",
) -> None:
    """恢复 The bureau resumes supply for a scope whose rectification it accepted (第十六条)."""
    from weir.runtime import commands

    commands.order("resume", scope_kind.value, scope, ground)
    typer.echo(f"已恢复 resumed: {scope_kind.value} {scope}".strip())


@app.command()
def close(
    scope_kind: ScopeKind,
    ground: Annotated[str, typer.Option(help="why, in words")],
    scope: Annotated[str, typer.Argument(help="its name; not needed for all")] = "",
) -> None:
    """关闭 The bureau closes a channel for good: its rectification is overdue (第二十三条)."""
    from weir.runtime import commands

    commands.order("close", scope_kind.value, scope, ground)
    typer.echo(f"已关闭 closed: {scope_kind.value} {scope}".strip())


@app.command()
def register(scenario: str) -> None:
    """登记 Fetch the bureau's decision, orders and revocations, and register them at the gate."""
    from weir.runtime import statements

    refused = statements.register([scenario])
    for one in refused:
        typer.echo(f"未登记 not registered: {one.statement}: {one.error}", err=True)
    if refused:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def issue(
    use_agreement: str,
    environment: Annotated[str, typer.Option(help="production, test, …")] = "production",
) -> None:
    """发证 Issue a data user's credential; the earlier one is void. Shown once."""
    from weir.runtime import commands

    issued = commands.issue(use_agreement, environment)
    typer.echo(f"export WEIR_S3_ACCESS_KEY={issued.access_key}")
    typer.echo(f"export WEIR_S3_SECRET_KEY={issued.secret_key}")


@app.command()
def deliver() -> None:
    """送达 Deliver pending audit and lineage records to the bureau."""
    from weir.runtime import worker

    typer.echo(json.dumps(worker.deliver_evidence()))


@app.command()
def serve(service: Service) -> None:
    """服务 Serve gate, bureau or intake on the port of its configured URL."""
    from weir.runtime import services

    services.serve(service.value)


@app.command()
def migrate(service: Database) -> None:
    """建库 Create or upgrade the database schemas of the gate or the bureau."""
    from weir.runtime import services

    services.migrate(service.value)


@app.command()
def provision() -> None:
    """开通 Make the store's buckets and the users of worker, intake, gate and bureau."""
    from weir.runtime import services

    services.provision()


@app.command()
def demo(
    rows: Annotated[int, typer.Option(min=500, help="rows of the largest tables")] = 4000,
) -> None:
    """演示 Run the main job live on real parts, show what happened, stop everything."""
    progress, clients = _loaded()
    from weir.demo.journey import run_demo

    raise typer.Exit(run_demo(load_settings(), clients, progress, rows=rows))


@app.command()
def up(
    rows: Annotated[int, typer.Option(min=500, help="rows of the largest tables")] = 4000,
) -> None:
    """启动 Start the embedded instance and leave it running."""
    progress, clients = _loaded()
    from weir.demo.journey import bring_up

    bring_up(load_settings(), clients, progress, rows=rows)


@app.command()
def down() -> None:
    """停止 Stop every process of the embedded instance, also after a crash."""
    progress, _ = _loaded()
    from weir.demo.journey import bring_down

    raise typer.Exit(bring_down(load_settings(), progress))


def _loaded() -> tuple[Progress, Clients]:
    """What the instance is run with. In a new environment, reading the libraries takes seconds."""
    from weir.demo.progress import Progress

    progress = Progress()
    with progress.step("载入 loading"):
        from weir.demo.journey import Clients
        from weir.runtime import adapters, statements
    return progress, Clients(
        gate=adapters.gate_client,
        bureau=adapters.bureau_client,
        hand_over=statements.register_all,
    )


def main() -> None:
    """Run a command. A refusal exits 1, an outage 75; neither prints a traceback."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app()
    except UnavailableError as error:
        typer.echo(refusal_line(error), err=True)
        sys.exit(EXIT_UNAVAILABLE)
    except WeirError as error:
        typer.echo(refusal_line(error), err=True)
        sys.exit(EXIT_REFUSED)
    except OSError as error:
        if not output_lost(error):
            raise
        sys.exit(EXIT_UNAVAILABLE)
