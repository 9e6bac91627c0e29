# SPDX-License-Identifier: GPL-2.0-only
# The programs that the scenarios run in the guest; included by tools/Makefile.

TESTS   := $(addprefix $(OUT)/,agree zoo oracle badinput life storm \
	iommu-agree iommu-storm iommu-holder edu vfio-holder vf-hostile vnet-send page-send lent-frames \
	xdp-pass)
TESTDIR := $(TOP)/tools/vm/tests

all: tests
tests: $(TESTS)

# They poke at memory on purpose: no optimisation that would be clever about it.
$(TESTS): $(OUT)/%: $(TESTDIR)/%.c $(wildcard $(TOP)/kunit/*.h $(TESTDIR)/*.h) \
		$(TOP)/include/uapi/xlate/pagewalk.h $(wildcard $(TOP)/include/xlate/*.h) \
		$(wildcard $(TOP)/pagewalk/*.h $(TOP)/sriov_demo/e82576_*.h) $(addprefix $(TOP)/,$(CORE)) | $(OUT)
	$(CC) $(CFLAGS) -O1 -fno-strict-aliasing -pthread -o $@ $< \
		$(addprefix $(TOP)/,pagewalk/x86_names.c pagewalk/verdict.c) $(LDLIBS)

# The kernel's own sender and receiver of packets with right and wrong checksums, where its source
# has been fetched (tools/vm/setup source). Its receiver always listens to the end of its time,
# which must be long where programs start slowly: this one ends a second after the last packet.
SELFTESTS := $(addsuffix /tools/testing/selftests,$(shell $(TOP)/tools/vm/lib.sh source_dir 2>/dev/null))
ifneq ($(SELFTESTS),)
tests: $(OUT)/net-csum
$(OUT)/net-csum: $(SELFTESTS)/net/lib/csum.c | $(OUT)
	sed 's/^\t*tleft = tstop - gettimeofday_ms();/if (count_pkt >= cfg_num_pkt) \
		tstop = MIN(tstop, (long)gettimeofday_ms() + 1000); &/' $< | \
		$(CC) -O2 -w -include sys/param.h -I$(SELFTESTS) -x c -o $@ -
endif

.PHONY: tests
