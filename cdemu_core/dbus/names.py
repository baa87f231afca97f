"""Names of the bus interface: constants and the table of its methods and signals. Imports nothing."""

from __future__ import annotations

from typing import NamedTuple

BUS_NAME = "net.sf.cdemu.CDEmuDaemon"
OBJECT_PATH = "/Daemon"
INTERFACE = "net.sf.cdemu.CDEmuDaemon"
INTERFACE_VERSION = (7, 0)

ERROR_DAEMON = f"{BUS_NAME}.errorDaemon."
ERROR_MIRAGE = f"{BUS_NAME}.errorMirage."
ENCRYPTED_IMAGE = f"{ERROR_MIRAGE}EncryptedImage"

BUS_ERROR = "org.freedesktop.DBus.Error."
ACCESS_DENIED = f"{BUS_ERROR}AccessDenied"
NO_DAEMON_ERRORS = (f"{BUS_ERROR}ServiceUnknown", f"{BUS_ERROR}NameHasNoOwner")

Arguments = tuple[tuple[str, str], ...]
"""(name, type) of each argument."""


class Method(NamedTuple):
    """Arguments in and out of one method."""

    inputs: Arguments = ()
    outputs: Arguments = ()

    @property
    def in_signature(self) -> str:
        """Types of the arguments in."""
        return "".join(kind for _, kind in self.inputs)

    @property
    def out_signature(self) -> str:
        """Types of the arguments out."""
        return "".join(kind for _, kind in self.outputs)


_DEVICE = ("device_number", "i")
_PARAMETERS = ("parameters", "a{sv}")

METHODS: dict[str, Method] = {
    "GetDaemonVersion": Method(outputs=(("version", "s"),)),
    "GetLibraryVersion": Method(outputs=(("version", "s"),)),
    "GetDaemonInterfaceVersion": Method(outputs=(("version", "i"),)),
    "GetDaemonInterfaceVersion2": Method(outputs=(("major", "i"), ("minor", "i"))),
    "EnumDaemonDebugMasks": Method(outputs=(("masks", "a(si)"),)),
    "EnumLibraryDebugMasks": Method(outputs=(("masks", "a(si)"),)),
    "EnumSupportedParsers": Method(outputs=(("parsers", "a(ssa(ss))"),)),
    "EnumSupportedWriters": Method(outputs=(("writers", "a(ss)"),)),
    "EnumSupportedFilterStreams": Method(outputs=(("filter_streams", "a(ssba(ss))"),)),
    "EnumWriterParameters": Method((("writer_id", "s"),), (("parameter_sheet", "a(sssvas)"),)),
    "GetNumberOfDevices": Method(outputs=(("number_of_devices", "i"),)),
    "DeviceGetMapping": Method((_DEVICE,), (("sr_device", "s"), ("sg_device", "s"))),
    "DeviceGetStatus": Method((_DEVICE,), (("loaded", "b"), ("filenames", "as"))),
    "DeviceLoad": Method((_DEVICE, ("filenames", "as"), _PARAMETERS)),
    "DeviceCreateBlank": Method((_DEVICE, ("filename", "s"), _PARAMETERS)),
    "DeviceUnload": Method((_DEVICE,)),
    "DeviceGetOption": Method((_DEVICE, ("option_name", "s")), (("option_values", "v"),)),
    "DeviceSetOption": Method((_DEVICE, ("option_name", "s"), ("option_values", "v"))),
    "AddDevice": Method(),
    "RemoveDevice": Method(),
}

SIGNALS: dict[str, Arguments] = {
    "DeviceStatusChanged": (_DEVICE,),
    "DeviceOptionChanged": (_DEVICE, ("option", "s")),
    "DeviceMappingReady": (_DEVICE,),
    "DeviceAdded": (),
    "DeviceRemoved": (),
}
