# SPDX-License-Identifier: GPL-2.0-only
all: $(OUT)/bench

$(OUT)/bench: $(TOP)/tools/vm/bench/bench.c $(wildcard $(TOP)/include/uapi/xlate/*.h) | $(OUT)
	$(CC) $(CFLAGS) -o $@ $<
