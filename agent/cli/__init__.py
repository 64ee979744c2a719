"""The command line: one module a family of commands; heavy imports inside the functions."""

from __future__ import annotations

import sys

import click

from agent import __version__
from agent.cli import (
    audit,
    auth,
    backtest,
    capture,
    conversations,
    drafts,
    people,
    privacy,
    report,
    run,
    service,
    setup,
    targets,
    templates,
    ties,
    trial,
)
from agent.cli.failures import told


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="weaktie")
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False),
    help="Configuration file [default: $WEAKTIE_CONFIG, else the user's configuration folder].",
)
@click.pass_context
def weaktie(context: click.Context, config_path: str | None) -> None:
    """Keep your weak ties warm: an agent beside your mailbox that never sends without your word."""
    context.obj = config_path


for module in (
    trial,
    setup,
    auth,
    capture,
    audit,
    ties,
    conversations,
    targets,
    people,
    drafts,
    templates,
    report,
    backtest,
    privacy,
    run,
    service,
):
    for command in module.COMMANDS:
        weaktie.add_command(command)


def main() -> None:
    """Run the command line; errors of ours become a message, the next step and an exit code."""
    with told():
        weaktie.main(prog_name="weaktie", standalone_mode=False)
    sys.exit(0)
