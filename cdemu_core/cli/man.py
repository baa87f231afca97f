"""Manual page in roff, printed from a parser."""

from __future__ import annotations

import argparse

from .completion import commands


def escape(text: str) -> str:
    """Text safe in roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def _argument(action: argparse.Action) -> list[str]:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None and action.metavar is None:
        value = "|".join(str(choice) for choice in action.choices)
    names = ", ".join(action.option_strings) or value
    takes_value = action.option_strings and action.nargs != 0
    head = f"{names} {value}" if takes_value else names
    return [".TP", f".B {escape(head)}", escape(action.help or "")]


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    return [
        line
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction) and action.help != argparse.SUPPRESS
        for line in _argument(action)
    ]


SECTIONS = {1: "User Commands", 8: "System Administration"}


def page(parser: argparse.ArgumentParser, section: int = 1) -> str:
    """The manual page of ``parser`` and its sub-commands, in ``section`` 1 or 8."""
    name = parser.prog
    lines = [
        f'.TH {name.upper()} {section} "" "{name}" "{SECTIONS[section]}"',
        ".SH NAME",
        f"{name} \\- {escape((parser.description or '').rstrip('.'))}",
        ".SH SYNOPSIS",
        escape(" ".join(parser.format_usage().removeprefix("usage: ").split())),
        ".SH OPTIONS",
        *_arguments(parser),
    ]
    if found := commands(parser):
        lines.append(".SH COMMANDS")
        for title, command in found.items():
            lines += [f".SS {escape(title)}", escape(command.description or ""), *_arguments(command)]
    if parser.epilog:
        lines += [".SH NOTES", escape(parser.epilog)]
    return "\n".join(lines) + "\n"
