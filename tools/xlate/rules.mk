# SPDX-License-Identifier: GPL-2.0-only
# The user tool: libsmartcols tables around the pure cores.

XLATE_SRC := $(sort $(wildcard $(TOP)/tools/xlate/*.c))
XLATE_HDR := $(wildcard $(TOP)/tools/xlate/*.h $(TOP)/include/xlate/*.h \
	       $(TOP)/include/uapi/xlate/*.h $(TOP)/pagewalk/*.h $(TOP)/iommu_probe/*.h)
XLATE_LIBS := -lsmartcols -lmnl -lpci

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
COMPDIR ?= $(PREFIX)/share/bash-completion/completions

xlate: $(OUT)/xlate

$(OUT)/xlate: $(XLATE_SRC) $(XLATE_HDR) $(addprefix $(TOP)/,$(CORE)) | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(XLATE_SRC) $(addprefix $(TOP)/,$(CORE)) $(XLATE_LIBS)

install-xlate: xlate
	install -D -m 755 $(OUT)/xlate $(DESTDIR)$(BINDIR)/xlate
	install -D -m 644 $(TOP)/tools/xlate/xlate.8 $(DESTDIR)$(MANDIR)/man8/xlate.8
	install -D -m 644 $(TOP)/tools/xlate/xlate.bash-completion $(DESTDIR)$(COMPDIR)/xlate

.PHONY: install-xlate
