# SPDX-License-Identifier: GPL-2.0-only
# The programs of the demo; included by tools/Makefile.
#
# Without optimisation and position-independence: each access is where the source has it,
# and addresses look like those of the article.

DEMODIR   := $(TOP)/tools/vm/demo/programs
DEMO      := $(patsubst $(DEMODIR)/%.c,$(OUT)/%,$(wildcard $(DEMODIR)/*.c))

all: demo-programs
demo-programs: $(DEMO)

$(DEMO): $(OUT)/%: $(DEMODIR)/%.c $(DEMODIR)/demo.h | $(OUT)
	$(CC) $(CFLAGS) -O0 -fno-pie -no-pie -o $@ $< $(LDLIBS)

.PHONY: demo-programs
