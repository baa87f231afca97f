"""From a message to a handler and back: signatures checked, errors named, standard interfaces answered.

The library's own service classes cannot name arguments out, answer a wrong signature as an unknown
method, and pass foreign exceptions on; so the table of names is the service here.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dbus_fast.constants import MessageFlag, MessageType
from dbus_fast.message import Message

from ..errors import CdemuError
from . import introspection
from .errors import dbus_error
from .names import BUS_ERROR, INTERFACE, METHODS, OBJECT_PATH, SIGNALS

INVALID_ARGS = f"{BUS_ERROR}InvalidArgs"
UNKNOWN_METHOD = f"{BUS_ERROR}UnknownMethod"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"
_TREE = {"/": introspection.root_xml, OBJECT_PATH: introspection.daemon_xml}

Handler = Callable[..., Any]
Crash = Callable[[str, BaseException], None]
"""Told the method's name and what a handler raised that it should not have."""


def snake_case(name: str) -> str:
    """``DeviceGetStatus`` → ``device_get_status``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def signal_message(name: str, *arguments: Any) -> Message:
    """A signal of the table, broadcast."""
    signature = "".join(kind for _, kind in SIGNALS[name])
    return Message.new_signal(OBJECT_PATH, INTERFACE, name, signature, list(arguments))


class Dispatcher:
    """A message handler for a bus connection; ``handlers`` maps every method's name to a (async) callable.

    A handler returns None, one value, or a tuple as long as the method's arguments out.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], send: Callable[[Message], object], crashed: Crash
    ) -> None:
        self._handlers = handlers
        self._send = send
        self._crashed = crashed
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, message: Message) -> Message | bool | None:
        """Answer a method call; everything else is left to the library, as is Peer."""
        if message.message_type is not MessageType.METHOD_CALL or message.interface == PEER:
            return None
        reply = self._answer(message)
        if reply is None or message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return True
        return reply

    async def drain(self, seconds: float) -> None:
        """Wait until every call in progress is answered; give up those that take longer than ``seconds``."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    def _answer(self, message: Message) -> Message | None:
        if message.interface == INTROSPECTABLE and message.path in _TREE and message.member == "Introspect":
            return Message.new_method_return(message, "s", [_TREE[message.path]()])
        if message.path != OBJECT_PATH:
            return Message.new_error(message, UNKNOWN_METHOD, f"There is no object at {message.path}.")
        if message.interface == PROPERTIES:
            return _properties(message)
        method = METHODS.get(message.member or "")
        if message.interface not in (None, INTERFACE) or method is None:
            text = f"There is no method {message.member} in {message.interface or INTERFACE}."
            return Message.new_error(message, UNKNOWN_METHOD, text)
        if message.signature != method.in_signature:
            text = f"{message.member} takes ({method.in_signature}), not ({message.signature})."
            return Message.new_error(message, INVALID_ARGS, text)
        return self._call(message)

    def _call(self, message: Message) -> Message | None:
        try:
            result = self._handlers[str(message.member)](*message.body)
        except Exception as problem:
            return self._failed(message, problem)
        if not inspect.isawaitable(result):
            return _returned(message, result)
        task = asyncio.ensure_future(self._finish(message, result))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    async def _finish(self, message: Message, work: Awaitable[Any]) -> None:
        silent = message.flags & MessageFlag.NO_REPLY_EXPECTED
        try:
            reply = _returned(message, await work)
            if not silent:
                self._send(reply)
        except Exception as problem:
            failure = self._failed(message, problem)
            if not silent:
                self._send(failure)

    def _failed(self, message: Message, problem: Exception) -> Message:
        if not isinstance(problem, CdemuError):
            self._crashed(str(message.member), problem)
        return Message.new_error(message, *dbus_error(problem))


def _returned(message: Message, result: Any) -> Message:
    body = [] if result is None else list(result) if isinstance(result, tuple) else [result]
    return Message.new_method_return(message, METHODS[str(message.member)].out_signature, body)


def _properties(message: Message) -> Message:
    """The object has no properties; a proxy asks for all of them when it is made."""
    methods = introspection.STANDARD[PROPERTIES][0]
    if message.member not in methods:
        return Message.new_error(message, UNKNOWN_METHOD, f"There is no method {message.member}.")
    signature = "".join(kind for _, kind in methods[message.member][0])
    if message.signature != signature:
        text = f"{message.member} takes ({signature}), not ({message.signature})."
        return Message.new_error(message, INVALID_ARGS, text)
    known = {INTERFACE, *introspection.STANDARD}
    if message.member == "GetAll" and message.body[0] in known:
        return Message.new_method_return(message, "a{sv}", [{}])
    what = "property" if message.body[0] in known else "interface"
    return Message.new_error(
        message, INVALID_ARGS, f"There is no such {what}: {'.'.join(map(str, message.body[:2]))}."
    )
