"""The TCMU road: each drive is a user-space backstore of the kernel's own SCSI target, looped back.

``ring`` reads commands from, and writes replies into, the memory shared with target_core_user; ``configfs``
makes and removes the kernel's objects; ``port`` puts both under a drive. Needs target_core_user and tcm_loop.
"""
