"""Shell completion, printed from the parser."""

from __future__ import annotations

import argparse

HEADER = "# Completion of cdemu; printed by “cdemu completion {shell}”.\n"

BASH = """\
_cdemu() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" verb="" word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in
            -*|session|system) ;;
            *) verb="$word"; break ;;
        esac
    done
    if [ -z "$verb" ]; then
        COMPREPLY=($(compgen -W "{verbs} --bus --help --version" -- "$current"))
        return
    fi
    local options=""
    case "$verb" in
{cases}
    esac
    if [[ "$current" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    else
        COMPREPLY=($(compgen -f -W "any all" -- "$current"))
    fi
}}
complete -o filenames -F _cdemu cdemu
"""


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The sub-commands of ``parser`` by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options_of(command: argparse.ArgumentParser) -> list[str]:
    """Long and short option names of one command."""
    return [name for action in command._actions for name in action.option_strings]


def helps(parser: argparse.ArgumentParser) -> dict[str, str]:
    """One-line help of each sub-command."""
    return {name: command.description or "" for name, command in commands(parser).items()}


def bash(parser: argparse.ArgumentParser) -> str:
    """A bash completion function."""
    found = commands(parser)
    cases = "\n".join(f'        {n}) options="{" ".join(options_of(c))}" ;;' for n, c in found.items())
    return BASH.format(verbs=" ".join(found), cases=cases)


def zsh(parser: argparse.ArgumentParser) -> str:
    """A zsh completion function."""
    verbs = "\n".join(f"    '{n}:{h.replace(chr(39), '')}'" for n, h in helps(parser).items())
    cases = "\n".join(
        f"    {n}) _arguments {' '.join(repr(o) for o in options_of(c))} '*:file:_files' ;;"
        for n, c in commands(parser).items()
    )
    return (
        f"#compdef cdemu\n_cdemu() {{\n  local -a verbs\n  verbs=(\n{verbs}\n  )\n"
        "  if (( CURRENT == 2 )); then _describe command verbs; return; fi\n"
        f'  case "${{words[2]}}" in\n{cases}\n  esac\n}}\n_cdemu "$@"\n'
    )


def fish(parser: argparse.ArgumentParser) -> str:
    """fish completion commands."""
    lines = []
    for name, text in helps(parser).items():
        quoted = text.replace("'", "\\'")
        lines.append(f"complete -c cdemu -n __fish_use_subcommand -a {name} -d '{quoted}'")
    for name, command in commands(parser).items():
        for option in options_of(command):
            if option.startswith("--"):
                lines.append(f"complete -c cdemu -n '__fish_seen_subcommand_from {name}' -l {option[2:]}")
    return "\n".join(lines) + "\n"


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


def script(shell: str) -> str:
    """The completion script of ``shell``; zsh's has to begin with its own first line."""
    from .main import build_parser

    body = SHELLS[shell](build_parser())
    return body if shell == "zsh" else HEADER.format(shell=shell) + body
