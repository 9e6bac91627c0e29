# SPDX-License-Identifier: GPL-2.0-only
BENCHDIR := $(TOP)/tools/vm/bench

all: $(OUT)/bench $(OUT)/bench-iommu

$(OUT)/bench: $(BENCHDIR)/bench.c $(wildcard $(TOP)/include/uapi/xlate/*.h) | $(OUT)
	$(CC) $(CFLAGS) -o $@ $<

$(OUT)/bench-iommu: $(BENCHDIR)/iommu.c $(TOP)/kunit/oracle.h | $(OUT)
	$(CC) $(CFLAGS) -o $@ $<
