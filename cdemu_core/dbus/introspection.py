"""The XML that Introspect answers, made from the table of names."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from .names import INTERFACE, METHODS, OBJECT_PATH, SIGNALS, Arguments

_DOCTYPE = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'
)
_Members = dict[str, tuple[Arguments, Arguments]]

STANDARD: dict[str, tuple[_Members, dict[str, Arguments]]] = {
    "org.freedesktop.DBus.Properties": (
        {
            "Get": ((("interface_name", "s"), ("property_name", "s")), (("value", "v"),)),
            "GetAll": ((("interface_name", "s"),), (("properties", "a{sv}"),)),
            "Set": ((("interface_name", "s"), ("property_name", "s"), ("value", "v")), ()),
        },
        {
            "PropertiesChanged": (
                ("interface_name", "s"),
                ("changed_properties", "a{sv}"),
                ("invalidated_properties", "as"),
            )
        },
    ),
    "org.freedesktop.DBus.Introspectable": ({"Introspect": ((), (("xml_data", "s"),))}, {}),
    "org.freedesktop.DBus.Peer": (
        {"Ping": ((), ()), "GetMachineId": ((), (("machine_uuid", "s"),))},
        {},
    ),
}
"""Methods (in, out) and signals of the interfaces every object has (D-Bus specification)."""


def _arguments(arguments: Arguments, direction: str) -> str:
    attribute = f' direction="{direction}"' if direction else ""
    return "".join(
        f"      <arg type={quoteattr(kind)} name={quoteattr(name)}{attribute}/>\n" for name, kind in arguments
    )


def _interface(name: str, methods: _Members, signals: dict[str, Arguments]) -> str:
    lines = [f"  <interface name={quoteattr(name)}>\n"]
    for method, (inputs, outputs) in methods.items():
        inside = _arguments(inputs, "in") + _arguments(outputs, "out")
        lines.append(f"    <method name={quoteattr(method)}>\n{inside}    </method>\n")
    for signal, arguments in signals.items():
        lines.append(f"    <signal name={quoteattr(signal)}>\n{_arguments(arguments, '')}    </signal>\n")
    return "".join([*lines, "  </interface>\n"])


def daemon_xml() -> str:
    """The object's interfaces."""
    own = _interface(
        INTERFACE, {name: (method.inputs, method.outputs) for name, method in METHODS.items()}, SIGNALS
    )
    standard = "".join(_interface(name, *members) for name, members in STANDARD.items())
    return f"{_DOCTYPE}<node>\n{standard}{own}</node>\n"


def root_xml() -> str:
    """The object tree above the daemon's object."""
    return f"{_DOCTYPE}<node>\n  <node name={quoteattr(OBJECT_PATH[1:])}/>\n</node>\n"
