"""The command `weiji`: everything an operator types."""

import asyncio
import code
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, ParamSpec
from uuid import UUID

import click
import structlog
import uvloop

from weiji import __version__
from weiji.settings import Settings, SettingsError, load, unknown

if TYPE_CHECKING:
    from weiji.kit.db import Transaction

P = ParamSpec("P")


def running(command: Callable[P, Coroutine[Any, Any, int]]) -> Callable[P, None]:
    """Run an async command, and end with its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        sys.exit(uvloop.run(command(*args, **kwargs)))

    return run


OF_MODULES: Final[Mapping[str, str]] = {
    "credit": "weiji.credit.commands:credit_group",
    "import-goods": "weiji.porting.commands:import_goods",
    "reconcile": "weiji.reconciliation.commands:reconcile",
    "sandbox": "weiji.sandbox.commands:sandbox",
    "search": "weiji.search.commands:search_group",
    "sign-out": "weiji.developers.commands:sign_out",
}
"""Commands that modules have. Each is imported when it is typed: half of the program comes with some of them."""


class Commands(click.Group):
    """The commands; what keeps one from starting is a sentence, and no traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Name all of them."""
        return sorted({*super().list_commands(context), *OF_MODULES})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Find one."""
        if name not in OF_MODULES:
            return super().get_command(context, name)
        module, _, attribute = OF_MODULES[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, context: click.Context) -> Any:
        """Run what was typed."""
        from weiji.kit.migrate import MigrationError
        from weiji.kit.reaching import CannotStart

        try:
            return super().invoke(context)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error
        except MigrationError as error:
            raise click.ClickException(f"{error}. `weiji doctor` tells more.") from error


def configure_log(settings: Settings) -> None:
    """Write log lines as the settings say, to standard error, each with the id of the request it belongs to."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *(
                [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
                if settings.log == "json"
                else [
                    # Never with local variables: a request's headers have its cookies.
                    structlog.dev.ConsoleRenderer(
                        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
                    )
                ]
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[Forwarder()], level=logging.WARNING)


class Forwarder(logging.Handler):
    """Writes what libraries log as our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        # Libraries have levels of their own, too. None fails because its line can't be written.
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        try:
            structlog.get_logger().log(level, record.getMessage(), library=record.name, exc_info=record.exc_info)
        except Exception:
            self.handleError(record)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="weiji")
@click.pass_context
def main(context: click.Context) -> None:
    """weiji 微集: a social-commerce platform that anyone can host.

    Settings come from the environment (WEIJI_…) or the file that WEIJI_SETTINGS names: see docs/reference/settings.md.
    """
    if context.invoked_subcommand == "doctor":
        return  # It says itself what is wrong with the settings.
    try:
        context.obj = load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    configure_log(context.obj)
    for what in unknown():
        click.echo(f"Warning: {what}; it changes nothing.", err=True)


async def _run(
    settings: Settings, *, has_app: bool, has_worker: bool, fill: bool = False, until_closed: bool = False
) -> int:
    """Run the roles asked for until a signal comes; with *until_closed*, or until standard input ends."""
    from weiji.app import make_app, must_be_free, serve
    from weiji.program import open_program

    if has_app:
        must_be_free(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with open_program(settings) as program:
        tasks: list[asyncio.Task[Any]] = []
        await program.deliverer.install()
        await program.listen()
        if fill:
            from weiji import demo

            await demo.fill(program)
            await demo.town_of(program).pulse.read()
        if has_worker:
            await program.work()
        if has_app:
            app = make_app(program)
            if settings.mode == "sandbox" or (settings.mode == "demo" and settings.sandbox_token):
                from weiji.sandbox.control import controlled

                app = controlled(app, program)
            tasks.append(asyncio.create_task(serve(program, app)))
            address = settings.url or f"http://{settings.host}:{settings.port}"
            click.echo(f"weiji {__version__}: {address}")
            if fill:
                click.echo("The bar on top lets you be any of six people and turn the clock. Ctrl-C stops the town;")
                click.echo(f"it stays in {settings.data}, and the next start goes on with it.")
        if has_app and has_worker:
            program.begin(program.twin.run(), "twin")
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if until_closed:
            loop.add_reader(sys.stdin.fileno(), _stop_at_the_end, stop)
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in done if task is not waiting and not task.cancelled() and task.exception()]
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
        for task in failed:
            click.echo(f"weiji stopped: {task.exception()}", err=True)
        return 1 if failed else 0


def _stop_at_the_end(stop: asyncio.Event) -> None:
    """Stop where whoever started this has closed standard input, or is gone."""
    if not os.read(sys.stdin.fileno(), 1_024):
        stop.set()


@main.command()
@click.option("--until-closed", is_flag=True, help="Stop when standard input is closed, too: by whoever started this.")
@click.pass_obj
@running
async def up(settings: Settings, until_closed: bool) -> int:
    """Serve pages and API, deliver events and run jobs, all in one process.

    Beside a live installation it runs a sandbox for its merchants, once the first of them asks for it.
    """
    return await _run(settings, has_app=True, has_worker=True, until_closed=until_closed)


@main.command()
@click.pass_obj
@running
async def app(settings: Settings) -> int:
    """Serve pages and API only: beside it, `weiji worker` must run."""
    return await _run(settings, has_app=True, has_worker=False)


@main.command()
@click.pass_obj
@running
async def worker(settings: Settings) -> int:
    """Deliver events and run jobs only."""
    return await _run(settings, has_app=False, has_worker=True)


@main.command("demo")
@running
async def run_demo() -> int:
    """Fill a demo town and serve it, with a clock to turn."""
    from weiji import demo

    settings = load({**demo.SETTINGS, **os.environ}, mode="demo")
    return await _run(settings, has_app=True, has_worker=True, fill=True)


@main.command("migrate")
@click.option("--pre", is_flag=True, help="Only what the old program can live with: before it is replaced.")
@click.pass_obj
@running
async def run_migrations(settings: Settings, pre: bool) -> int:
    """Bring the database to this program's schema."""
    from weiji.kit.installation import install
    from weiji.kit.migrate import migrate
    from weiji.kit.reaching import reach_database

    async with reach_database(settings.database_url, settings.data) as url:
        done = await migrate(url, phase="pre" if pre else "all")
        await install(url, mode=settings.mode, lanes=settings.lanes)
    click.echo(f"{len(done)} migrations run." if done else "Nothing to migrate.")
    return 0


@main.command()
@click.pass_obj
def shell(settings: Settings) -> None:
    """Open a Python prompt with the `program` at hand; `run(...)` awaits what you give it."""
    from weiji.program import open_program

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        opened = open_program(settings)
        program = runner.run(_enter(opened))
        try:
            code.interact(
                banner=f"weiji {__version__}. program, run(awaitable); Ctrl-D ends.",
                local={"program": program, "run": runner.run},
                exitmsg="",
            )
        finally:
            runner.run(_leave(opened))


async def _enter(opened: Any) -> Any:
    return await opened.__aenter__()


async def _leave(opened: Any) -> None:
    await opened.__aexit__(None, None, None)


STAFF_ROLES: Final = ("operator", "reviewer", "arbiter", "auditor")
"""What somebody may be who works for the operator: `identity.StaffRole`, which takes its time to import."""


@main.group("staff")
def staff_group() -> None:
    """Who works for the operator: the first two, and emergencies. Else operators do it at /operator/staff."""


_role = click.option("--role", type=click.Choice(STAFF_ROLES), default="operator", show_default=True)
_reason = click.option("--reason", default="", help="Why, for those who read it later.")


@staff_group.command("add")
@click.argument("name")
@_role
@_reason
@click.pass_obj
@running
async def add_staff(settings: Settings, name: str, role: str, reason: str) -> int:
    """Let the person who signs in as NAME (handle or phone) work for the operator."""
    from weiji.events import BY_SYSTEM
    from weiji.identity import GiveStaffRole, GiveStaffRoleStatus, StaffRole, give_staff_roles

    async def give(tx: "Transaction", person_id: UUID) -> str:
        command = GiveStaffRole(person_id=person_id, role=StaffRole(role), actor=BY_SYSTEM, reason=reason)
        return (await give_staff_roles(tx, [command]))[0]

    status = await _change_staff(settings, name, give)
    click.echo(f"{name}, {role}: {status}.")
    return 0 if status in (GiveStaffRoleStatus.GIVEN, GiveStaffRoleStatus.ALREADY_GIVEN) else 1


@staff_group.command("remove")
@click.argument("name")
@_role
@_reason
@click.pass_obj
@running
async def remove_staff(settings: Settings, name: str, role: str, reason: str) -> int:
    """Take a role away from the person who signs in as NAME, and end their sessions."""
    from weiji.events import BY_SYSTEM
    from weiji.identity import StaffRole, TakeStaffRole, TakeStaffRoleStatus, take_staff_roles

    async def take(tx: "Transaction", person_id: UUID) -> str:
        command = TakeStaffRole(person_id=person_id, roles=(StaffRole(role),), actor=BY_SYSTEM, reason=reason)
        return (await take_staff_roles(tx, [command]))[0].status

    status = await _change_staff(settings, name, take)
    if status == TakeStaffRoleStatus.TOO_FEW_OPERATORS:
        raise click.ClickException(f"{name} is the last operator: make another one first (`weiji staff add`)")
    click.echo(f"{name}, {role}: {status}.")
    return 0 if status == TakeStaffRoleStatus.TAKEN else 1


@staff_group.command("list")
@click.pass_obj
@running
async def show_staff(settings: Settings) -> int:
    """Say who works for the operator, and in which roles."""
    from weiji.identity import list_staff
    from weiji.kit import clock
    from weiji.program import open_program

    async with open_program(settings) as program, program.database.read() as reader:
        people = await list_staff(reader, clock.now(), None, 1_000)
    for each in people:
        click.echo(
            f"{each.handle or each.person_id}, {each.display_name}: {', '.join(held.role for held in each.roles)}"
        )
    return 0


async def _change_staff(settings: Settings, name: str, change: "Callable[[Transaction, UUID], Awaitable[str]]") -> str:
    """Change what the person who signs in as *name* may do."""
    from weiji.identity import find_person
    from weiji.program import open_program

    async with open_program(settings) as program:
        async with program.database.read() as reader:
            person_id = await find_person(reader, name)
        if person_id is None:
            raise click.ClickException(f"nobody signs in as {name}: let them sign up first")
        return await program.database.retried(lambda tx: change(tx, person_id))


@main.group("keys")
def keys_group() -> None:
    """The master key, which opens what is sealed in the database."""


@keys_group.command("renew")
@click.pass_obj
@running
async def renew_keys(settings: Settings) -> int:
    """Replace the master key, and seal everything anew, beside what runs. Broken off, it goes on when run again.

    The key of the data folder is replaced by a new one. Another in WEIJI_SECRET is put there first, with the former in
    WEIJI_FORMER_SECRETS, and every process started again. See docs/operating/keys.md.

    Exit code 1 where values stay that no key opens, and where no other key was made, since a former one is still there.
    """
    import asyncpg

    from weiji import program as _program  # noqa: F401  It is all that seals.
    from weiji.kit.reaching import must_be_migrated, reach_database
    from weiji.kit.renewing import begin, count_left, seal_anew
    from weiji.kit.seal import MasterKeyError, Source, Unsealable

    source = Source.of(settings)
    async with reach_database(settings.database_url, settings.data) as url:
        await must_be_migrated(url, wholly=True)  # A program of before would go on sealing with a key that goes.
        connection = await asyncpg.connect(url)
        try:
            keys = await begin(connection, source)
            left = (await count_left(connection, keys)).former
            click.echo(f"{left:,} values to seal with the master key of {source.where}.")
            done = await seal_anew(connection, keys, lambda sealed: click.echo(f"{sealed:,} of {left:,}"))
        except (MasterKeyError, Unsealable, OSError) as error:
            raise click.ClickException(str(error)) from error
        except asyncpg.InsufficientPrivilegeError as error:
            raise click.ClickException(f"{error}: connect as the database's owner, as for `weiji migrate`") from error
        finally:
            await connection.close()
    if done.lost:
        click.echo(
            f"✗ {done.lost:,} values open with no key at hand: keep the former keys, and bring back others.", err=True
        )
        return 1
    click.echo("✓ Everything is sealed with it.")
    if source.has_other_than(keys.mark):
        where = source.former_where
        click.echo(
            f"The former key may go from {where}, to where you keep it for the backups that it belongs to: once `weiji "
            "doctor` has found nothing on any machine."
        )
    return 0


@main.group("ledger")
def ledger_group() -> None:
    """The books."""


@ledger_group.command("verify")
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="A public key (hex) you noted, instead of those in the data folder; once for each that signed.",
)
@click.pass_obj
@running
async def verify_ledger(settings: Settings, keys: tuple[str, ...]) -> int:
    """Replay the chain of every lane and every balance, and sum every closed month anew; name what is wrong.

    Exit code 1 if anything is.
    """
    from weiji.ledger import verify
    from weiji.periods import verify_periods
    from weiji.program import open_program

    async with open_program(settings) as program:
        try:
            trusted = [bytes.fromhex(key) for key in keys] or program.public_keys
        except ValueError as error:
            raise click.BadParameter("a public key is 64 hexadecimal digits", param_hint="--key") from error
        report = await verify(program.database, trusted)
        report.defects += await verify_periods(program.database, trusted)
    click.echo(
        f"{report.transfers:,} transfers, {report.accounts:,} accounts, {report.batches:,} batches, "
        f"{report.signatures:,} signatures."
    )
    for defect in report.defects:
        click.echo(f"✗ {defect.where}: {defect.what}", err=True)
    for public_key in trusted:
        click.echo(f"Signed by {public_key.hex()}.")
    click.echo("✓ The books are proved." if report.is_proved else "✗ The books are NOT proved.")
    return 0 if report.is_proved else 1


@ledger_group.command("renew-key")
@click.pass_obj
def renew_ledger_key(settings: Settings) -> None:
    """Make another key that signs the books. Restart every process: until then it signs with the one before."""
    from weiji.kit.reaching import CannotStart
    from weiji.program import renew_signing_key

    try:
        old, new = renew_signing_key(settings.data)
    except CannotStart as error:
        raise click.ClickException(f"{error.what}. {error.mend}") from error
    click.echo(f"Signed by {old.hex()} so far; it stays known.\nSigned by {new.hex()} from the next start on.")


@main.command()
@running
async def doctor() -> int:
    """Say what is wrong with this installation, and how to mend it."""
    from weiji.doctor import examine

    healthy = True
    async for finding in examine():
        healthy = healthy and finding.is_good
        click.echo(f"{'✓' if finding.is_good else '✗'} {finding.what}")
        if finding.mend:
            click.echo(f"    → {finding.mend}")
    return 0 if healthy else 1


if __name__ == "__main__":
    main()
