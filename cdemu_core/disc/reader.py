"""DiscReader: the only thing that maps addresses to bytes.

Contract (all addresses LBA; ``into`` a writable byte memoryview with room enough):

* ``DiscReader(disc)``; ``disc`` attribute; ``first`` = disc.start, ``end`` = last session's lead-out
  (addresses in lead-outs between sessions are not readable: AddressOutOfRange).
* ``read_user_data(lba, count, into) -> int``: ``count`` × 2048 bytes (Mode 1, Form 1); any other type:
  WrongSectorType(lba). The hot path.
* ``read_cd(lba, count, parts, into, *, c2=0|294|296, sub=None|"pw"|"q"|"rw", expected=None) -> int``:
  READ CD's selection, per sector main parts, C2, sub-channel; ``expected``: SectorType or None.
* ``read_frames(lba, count) -> bytearray``: count × 2352 bytes, missing parts generated.
* ``read_subchannel(lba, count) -> bytearray``: count × 96 bytes P–W interleaved, stored or generated.
* ``read_q(lba) -> bytes``: 12 bytes.
* ``sector_type(lba) -> SectorType``: MODE2_MIXED resolved.
* ``find_track(lba) -> (Session, Track)``: AddressOutOfRange if none.
* ``check(lba, count) -> list[SectorCheck]``: EDC/ECC verdict of stored sectors (OK, NO_EDC,
  EDC_MISMATCH, ECC_MISMATCH), generated parts count as OK.
"""
