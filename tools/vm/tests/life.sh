#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: the life of /proc/pagewalk/PID (life.c).

modprobe pagewalk || { echo "Bail out! cannot load pagewalk"; exit 1; }
exec life
