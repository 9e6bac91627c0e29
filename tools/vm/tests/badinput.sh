#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: what must be refused is refused (badinput.c). With "lockdown" as argument
# the kernel is locked down first, which lasts until it ends.

modprobe pagewalk || { echo "Bail out! cannot load pagewalk"; exit 1; }
exec badinput "$@"
