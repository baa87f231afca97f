"""Settings: defaults, file, command line, in this order of weight."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.daemon.config import Settings, load_settings
from cdemu_core.daemon.keyfile import read_key_file, unescape
from cdemu_core.errors import ConfigError


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def test_defaults() -> None:
    assert load_settings([]) == Settings()
    assert Settings().num_devices == 1
    assert Settings().ctl_device == "/dev/vhba_ctl"
    assert Settings().bus == "session"


def test_the_command_line_outweighs_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", "# ours", "[settings]", "num-devices = 3", "audio-driver=default")
    settings = load_settings(["--config-file", file, "-n", "2"])
    assert (settings.num_devices, settings.audio_driver) == (2, "default")
    assert settings.config_exists
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("text", "value"), [("2", 2), ("0x10", 16), ("010", 8), ("0", 0), ("0X1f", 31), ("00", 0)]
)
def test_numbers_of_the_command_line(text: str, value: int) -> None:
    assert load_settings(["-n", text]).num_devices == value
    assert load_settings([f"--default-cdemu-debug-mask={text}"]).default_cdemu_debug_mask == value


def test_numbers_of_the_file_are_decimal(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", "[settings]", "num-devices=0x10", "default-mirage-debug-mask=010")
    settings = load_settings(["--config-file", file])
    assert settings.num_devices == 1
    assert settings.default_mirage_debug_mask == 10
    assert "num-devices" in settings.warnings[0]


def test_negative_means_unset(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", "[settings]", "num-devices=-5")
    assert load_settings(["--config-file", file]).num_devices == 1
    assert load_settings(["-n", "-1"]).num_devices == 1


def test_a_missing_file_is_ignored(tmp_path: Path) -> None:
    settings = load_settings(["--config-file", str(tmp_path / "none")])
    assert settings.num_devices == 1
    assert not settings.config_exists


def test_a_missing_group_and_unknown_keys_are_warnings(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", "[other]", "num-devices=4")
    assert "no group [settings]" in load_settings(["--config-file", file]).warnings[0]
    file = write(tmp_path / "conf", "[settings]", "nummer=4")
    assert "nummer" in load_settings(["--config-file", file]).warnings[0]


def test_a_file_of_an_older_launcher_is_explained(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", "# old", 'NUM_DEVICES="4"', "export AUDIO_DRIVER=default")
    with pytest.raises(
        ConfigError, match=r"(?s)shell syntax.*\[settings\]\nnum-devices=4\naudio-driver=default"
    ):
        load_settings(["--config-file", file])


@pytest.mark.parametrize("line", ["just words", "=3", "[settings"])
def test_a_file_that_is_no_key_file(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        load_settings(["--config-file", write(tmp_path / "conf", "[settings]", line)])


@pytest.mark.parametrize(
    "arguments", [["--nope"], ["-n", "two"], ["--road", "moon"], ["stray"], ["--iscsi-listen", "host:99999"]]
)
def test_bad_arguments(arguments: list[str]) -> None:
    with pytest.raises(ConfigError):
        load_settings(arguments)


def test_an_unknown_bus_is_a_warning() -> None:
    settings = load_settings(["--bus", "Omnibus"])
    assert settings.bus == "session"
    assert settings.warnings
    assert load_settings(["-b", "SYSTEM"]).bus == "system"


def test_naming_a_control_device_chooses_its_road(tmp_path: Path) -> None:
    assert load_settings(["-c", "/dev/other"]).road == "vhba"
    assert load_settings(["-c", "/dev/other", "--road", "iscsi"]).road == "iscsi"
    file = write(tmp_path / "conf", "[settings]", "ctl-device=/dev/vhba_ctl")
    assert load_settings(["--config-file", file]).road == "vhba"
    file = write(tmp_path / "conf", "[settings]", "road=iscsi")
    assert load_settings(["--config-file", file, "-c", "/dev/other"]).road == "vhba"


def test_several_roads_in_order(tmp_path: Path) -> None:
    assert load_settings(["--road", "usbip, ISCSI"]).road == "usbip,iscsi"
    file = write(tmp_path / "conf", "[settings]", "road=tcmu,auto")
    assert load_settings(["--config-file", file]).road == "tcmu,auto"


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("0.0.0.0:3261", "0.0.0.0", 3261),
        ("[::1]:3261", "::1", 3261),
        ("::1", "::1", 3260),
        ("[::1]", "::1", 3260),
        ("localhost", "localhost", 3260),
        ("127.0.0.1:0", "127.0.0.1", 0),
    ],
)
def test_where_iscsi_listens(text: str, address: str, port: int) -> None:
    settings = load_settings(["--iscsi-listen", text])
    assert (settings.road, settings.iscsi_address, settings.iscsi_port) == ("iscsi", address, port)


def test_help_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("-h", "-?", "--help"):
        with pytest.raises(SystemExit) as end:
            load_settings([flag])
        assert end.value.code == 0
    assert "--system-sleep-handler" in capsys.readouterr().out


@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), st.text(max_size=20), max_size=5))
def test_key_files_read_back(tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]) -> None:
    values = {key: " ".join(text.split()).replace("\\", "/") for key, text in values.items()}
    file = tmp_path_factory.mktemp("key") / "conf"
    file.write_text("[group]\n" + "".join(f"{k} = {v}\n" for k, v in values.items()), "utf-8")
    assert read_key_file(str(file)) == {"group": values}


def test_escapes() -> None:
    assert unescape(r"a\sb\\n\tc\x") == "a b\\n\tc\\x"
